// The agent's page where there is no network: unlock, collect, keep, and one sync when the device is back.

import { button, el, today, underWorker, uuid } from '../device/el';
import { drawForm, drawMistakes, readForm } from './form';
import type { Draft, Kit, Synced } from './types';
import { forget, isLocked, Vault } from './vault';

const KIT = '/api/v1/agent/kit';
const SYNC = '/api/v1/agent/sync';
/** A device that is left lying locks itself. */
const IDLE_MS = 10 * 60_000;
const LEAST = 8;

let kit: Kit | undefined;
let vault: Vault | undefined;
let idle: ReturnType<typeof setTimeout> | undefined;

const part = (id: string): HTMLElement => document.getElementById(id) ?? document.body;
const w = (key: string): string => kit?.words[key] ?? key;

function say(sentence: string): void {
  part('device-says').textContent = sentence;
}

/** The kit, from the network or as the worker kept it. */
async function fetchKit(): Promise<Kit | undefined> {
  try {
    const answer = await fetch(KIT, { headers: { accept: 'application/json' } });
    return answer.ok ? ((await answer.json()) as Kit) : undefined;
  } catch {
    return undefined;
  }
}

/** Asks for the passphrase: to choose one the first time, else to open. */
async function ask(wrong = ''): Promise<void> {
  vault = undefined;
  const known = await isLocked();
  const field = el('input', {
    class: wrong ? 'input input--medium field--wrong' : 'input input--medium',
    id: 'f-passphrase',
    type: 'password',
    autocomplete: 'off',
    'aria-describedby': 'f-passphrase-hint',
    'aria-invalid': wrong ? 'true' : false,
  });
  const form = el(
    'form',
    { class: 'card', novalidate: true },
    el('h2', {}, w(known ? 'unlock' : 'choose')),
    el('label', { class: 'field__label', for: 'f-passphrase' }, w('passphrase')),
    el('span', { class: 'hint', id: 'f-passphrase-hint' }, w(known ? 'unlock_hint' : 'choose_hint')),
    wrong ? el('span', { class: 'field__error', role: 'alert' }, wrong) : '',
    field,
    el('div', { class: 'actions' }, el('button', { class: 'btn', type: 'submit' }, w(known ? 'unlock' : 'choose'))),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void opened(field.value, known);
  });
  if (known) {
    const clear = button(w('forget'), 'btn--stop btn--small', async () => {
      if (confirm(w('forget_sure'))) {
        await forget();
        await ask();
      }
    });
    form.append(el('p', { class: 'small' }, w('forget_hint')), clear);
  }
  part('device').replaceChildren(form);
}

async function opened(passphrase: string, known: boolean): Promise<void> {
  if (!known && [...passphrase].length < LEAST) return ask(w('too_short'));
  say(w('opening'));
  vault = known ? await Vault.open(passphrase) : await Vault.choose(passphrase);
  say('');
  if (!vault) return ask(w('wrong'));
  stir();
  await list();
}

/** Locks again after a while in which nobody touched the page. */
function stir(): void {
  clearTimeout(idle);
  if (vault) idle = setTimeout(() => void ask(), IDLE_MS);
}

const itemName = (id: string): string => kit?.items.find((item) => item.id === id)?.name ?? id;

function row(draft: Draft): HTMLElement {
  const open = button(w(draft.number ? 'receipt' : 'open'), 'btn--quiet btn--small', () => edit(draft));
  const state = draft.number ? w('filed') : draft.errors.length > 0 || draft.why ? w('to_mend') : w('kept');
  return el(
    'li',
    { class: 'card' },
    el('p', {}, el('strong', {}, itemName(draft.item)), ` · ${draft.name} · ${draft.collected_on}`),
    el('p', {}, state, draft.number ? el('span', { class: 'code' }, ` ${draft.number}`) : ''),
    el('div', { class: 'actions' }, open),
  );
}

async function list(): Promise<void> {
  if (!vault || !kit) return;
  const drafts = (await vault.all<Draft>()).sort((a, b) => b.saved_at.localeCompare(a.saved_at));
  const waiting = drafts.filter((draft) => !draft.number);
  const begin = kit.items.map((item) => button(item.name, 'btn--quiet', () => edit(fresh(item.id))));
  const send = button(`${w('sync')} (${waiting.length})`, '', sync);
  send.disabled = waiting.length === 0;
  part('device').replaceChildren(
    el('p', { class: 'quiet' }, `${kit.halls.join('、')} · ${w('made_on')} ${kit.made_on}`),
    el('section', { 'aria-labelledby': 'drafts' }, el('h2', { id: 'drafts' }, w('drafts')),
      drafts.length === 0 ? el('p', { class: 'empty' }, w('none')) : el('ul', { class: 'plain' }, ...drafts.map(row)),
      el('div', { class: 'actions' }, send, button(w('lock'), 'btn--quiet', () => ask()))),
    el('section', { 'aria-labelledby': 'begin' }, el('h2', { id: 'begin' }, w('begin')), el('div', { class: 'actions' }, ...begin)),
  );
}

function fresh(item: string): Draft {
  return {
    id: uuid(), item, name: '', citizen_id: '', original_seen: false, authorised: false, paper: '', collected_on: today(),
    form: {}, saved_at: '', errors: [], why: '', number: '', secret: '',
  };
}

async function edit(draft: Draft): Promise<void> {
  const back = button(w('back'), 'btn--quiet', list);
  const item = kit?.items.find((one) => one.id === draft.item);
  const heading = el('h2', { tabindex: '-1' }, itemName(draft.item));
  const remove = button(w('remove'), 'btn--stop btn--small', async () => {
    if (!confirm(w('remove_sure'))) return;
    await vault?.remove(draft.id);
    await list();
  });
  if (draft.number) {
    const pairs = el('dl', { class: 'pairs' }, el('dt', {}, w('number')), el('dd', { class: 'key' }, draft.number),
      el('dt', {}, w('secret')), el('dd', { class: 'key' }, draft.secret), el('dt', {}, w('name')), el('dd', {}, draft.name));
    part('device').replaceChildren(heading, pairs, el('p', {}, w('give')), el('div', { class: 'actions' }, back, remove));
  } else if (!item) {
    // What is no longer offered is kept and shown, and cannot be sent.
    const answers = Object.entries(draft.form).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, String(value))]);
    part('device').replaceChildren(heading, el('p', { class: 'errors' }, w('not_offered')),
      el('dl', { class: 'pairs' }, el('dt', {}, w('name')), el('dd', {}, draft.name), ...answers),
      el('div', { class: 'actions' }, back, remove));
  } else {
    const form = el('form', { novalidate: true }, ...drawForm(kit?.words ?? {}, item, draft),
      el('div', { class: 'actions' }, el('button', { class: 'btn', type: 'submit' }, w('save')), back));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const changed = readForm(form, item, draft);
      // What came back is mended by its writer: it is said again by the next sync where it is still wrong.
      void vault?.put(draft.id, { ...changed, errors: [], why: '' }).then(() => list()).then(() => say(w('saved')));
    });
    const mistakes = drawMistakes(kit?.words ?? {}, draft.errors, draft.why);
    part('device').replaceChildren(heading, ...(mistakes ? [mistakes] : []), form, draft.saved_at ? remove : '');
    if (mistakes) return mistakes.focus();
  }
  heading.focus();
}

/** Sends everything that has no case yet. An answer that was lost is asked for again by the same ids. */
async function sync(): Promise<void> {
  if (!vault) return;
  const waiting = (await vault.all<Draft>()).filter((draft) => !draft.number).slice(0, 50);
  say(w('syncing'));
  let answers: Synced[];
  try {
    const body = JSON.stringify({ drafts: waiting.map(sent) });
    const answer = await fetch(SYNC, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (answer.status === 401 || answer.redirected) return say(w('sign_in'));
    if (answer.status === 404) return say(w('no_post'));
    if (!answer.ok) return say(w('failed'));
    answers = (await answer.json()) as Synced[];
  } catch {
    return say(w('no_network'));
  }
  for (const answer of answers) {
    const draft = waiting.find((one) => one.id === answer.id);
    if (draft) await vault.put(draft.id, answered(draft, answer));
  }
  const filed = answers.filter((answer) => answer.result === 'filed').length;
  await list();
  say(w('synced').replace('{a}', String(filed)).replace('{b}', String(answers.length - filed)));
}

function sent(draft: Draft): unknown {
  const { id, item, name, citizen_id, original_seen, authorised, paper, collected_on, form } = draft;
  return { id, item, name, citizen_id, original_seen, authorised, paper, collected_on, form };
}

function answered(draft: Draft, answer: Synced): Draft {
  if (answer.result === 'filed') {
    return { ...draft, number: answer.number ?? '', secret: answer.receipt_secret ?? '', errors: [], why: '' };
  }
  return { ...draft, errors: answer.errors, why: answer.why ?? '' };
}

async function start(): Promise<void> {
  if (!('serviceWorker' in navigator) || !globalThis.crypto?.subtle) {
    part('device-unfit').hidden = false;
    return;
  }
  await underWorker('/agent/');
  kit = await fetchKit();
  if (!kit) {
    part('device-sign-in').hidden = false;
    return;
  }
  for (const kind of ['click', 'keydown']) document.addEventListener(kind, stir);
  const online = (): void => void (part('device-offline').hidden = navigator.onLine);
  addEventListener('online', online);
  addEventListener('offline', online);
  online();
  await ask();
  part('device').dataset['ready'] = 'true';
}

void start();
