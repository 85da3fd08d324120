// The inspector's page where there is no network: open, write at the site with photographs, keep, and sync when the device is back.

import { button, el, underWorker, uuid } from '../device/el';
import { drawBoth, drawForm, drawMine, drawMistakes, readForm } from './form';
import { photographs } from './photos';
import { position } from './place';
import { send } from './sync';
import type { Draft, Kit, Visit } from './types';
import { call, clear, lock, lose, Vault, type Lock } from './vault';

const HOME = '/field/';
const DEVICES = '/api/v1/field/devices';
const KIT = '/api/v1/field/kit';
/** A device that is left lying locks itself. */
const IDLE_MS = 10 * 60_000;
const LEAST = 8;

let kit: Kit | undefined;
let vault: Vault | undefined;
let idle: ReturnType<typeof setTimeout> | undefined;

const part = (id: string): HTMLElement => document.getElementById(id) ?? document.body;
const words = new Map<string, string>();
const w = (key: string): string => words.get(key) ?? key;
const draw = (...parts: (Node | string)[]): void => part('field').replaceChildren(...parts);

function say(sentence: string): void {
  part('field-says').textContent = sentence;
}

/** What the server says when it is asked for this device's key. */
type Asked = { kind: 'key'; key: Uint8Array<ArrayBuffer> } | { kind: 'away' | 'sign-in' | 'lost' | 'foreign' };

async function askForKey(device: string): Promise<Asked> {
  const name = /iPhone|iPad|Android|HarmonyOS|Windows|Macintosh|Linux/.exec(navigator.userAgent)?.[0] ?? '';
  try {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const told = await fetch(DEVICES, { method: 'POST', headers, body: JSON.stringify({ id: device, name }) });
    if (told.ok) {
      const { key } = (await told.json()) as { key: string };
      const raw = atob(key.replace(/-/g, '+').replace(/_/g, '/'));
      return { kind: 'key', key: Uint8Array.from(raw, (letter) => letter.charCodeAt(0)) };
    }
    if (told.status === 401) return { kind: 'sign-in' };
    if (told.status === 404) return { kind: 'foreign' };
    if (told.status === 403) return { kind: ((await told.json()) as { code: string }).code === 'device_lost' ? 'lost' : 'foreign' };
  } catch {
    // No network.
  }
  return { kind: 'away' };
}

/** Opens by the session where there is one and network, else by the passphrase. */
async function enter(): Promise<void> {
  vault = undefined;
  const known = (await lock()) ?? (await call(uuid()));
  const asked = await askForKey(known.device);
  part('field-sign-in').hidden = asked.kind !== 'sign-in';
  if (asked.kind === 'key') {
    if (!known.key) return choose(known.device, asked.key);
    vault = await Vault.of(known.device, asked.key);
    asked.key.fill(0);
    return home();
  }
  if (asked.kind === 'lost') await lose(known);
  if (asked.kind === 'lost' || known.is_lost) return stopped('lost');
  if (asked.kind === 'foreign') return stopped('foreign');
  return known.key ? unlock(known) : stopped('first');
}

/** Nothing can be opened, and why. */
function stopped(why: 'lost' | 'foreign' | 'first'): void {
  const wipe = button(w('clear'), 'btn--stop btn--small', async () => {
    if (!confirm(w('clear_sure'))) return;
    await clear();
    await enter();
  });
  draw(el('div', { class: 'note note--lamp' }, el('p', {}, w(why))), why === 'first' ? '' : wipe);
}

function passphrase(title: string, hint: string, wrong: string, act: (typed: string) => void): HTMLFormElement {
  const field = el('input', {
    class: 'input input--medium',
    id: 'f-passphrase',
    type: 'password',
    autocomplete: 'off',
    'aria-describedby': 'f-passphrase-hint',
    'aria-invalid': wrong ? 'true' : false,
  });
  const form = el(
    'form',
    { class: 'card', novalidate: true },
    el('h2', {}, title),
    el('label', { class: 'field__label', for: 'f-passphrase' }, w('passphrase')),
    el('span', { class: 'hint', id: 'f-passphrase-hint' }, hint),
    wrong ? el('span', { class: 'field__error', role: 'alert' }, wrong) : '',
    field,
    el('div', { class: 'actions' }, el('button', { class: 'btn', type: 'submit' }, title)),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    act(field.value);
  });
  return form;
}

function choose(device: string, key: Uint8Array<ArrayBuffer>, wrong = ''): void {
  const chosen = async (typed: string): Promise<void> => {
    if ([...typed].length < LEAST) return choose(device, key, w('too_short'));
    say(w('opening'));
    vault = await Vault.choose(device, key, typed);
    key.fill(0);
    await home();
    say('');
  };
  draw(passphrase(w('choose'), w('choose_hint'), wrong, (typed) => void chosen(typed)));
}

function unlock(known: Lock, wrong = ''): void {
  const opened = async (typed: string): Promise<void> => {
    say(w('opening'));
    vault = await Vault.open(known, typed);
    say('');
    return vault ? home() : unlock(known, w('wrong'));
  };
  draw(passphrase(w('unlock'), w('unlock_hint'), wrong, (typed) => void opened(typed)), button(w('online'), 'btn--quiet', enter));
}

/** Locks again after a while in which nobody touched the page. */
function stir(): void {
  clearTimeout(idle);
  if (vault) idle = setTimeout(() => void relock(), IDLE_MS);
}

async function relock(): Promise<void> {
  vault = undefined;
  kit = undefined;
  const known = await lock();
  if (known) unlock(known);
}

async function home(): Promise<void> {
  stir();
  await refresh();
  await list();
}

/** The newest checklists where there is network, else those that lie on the device. */
async function refresh(): Promise<void> {
  try {
    const told = await fetch(KIT, { headers: { accept: 'application/json' } });
    if (told.ok) await vault?.put('kit', 'kit', await told.json());
  } catch {
    // No network: what lies there is good.
  }
  kit = await vault?.get<Kit>('kit', 'kit');
}

const drafts = async (): Promise<Draft[]> => (await vault?.all<Draft>('drafts')) ?? [];

/** Whether something of it is still to be sent. */
const waits = (draft: Draft): boolean =>
  draft.result === '' || draft.result === 'mend' || draft.result === 'back' || draft.photos.some((photo) => !photo.is_sent);

const states = { '': 'kept', mend: 'to_mend', taken: 'taken', beside: 'beside', back: 'back' };
const tones = { '': 'waiting', mend: 'refer', taken: 'granted', beside: 'refer', back: 'refer' };

function row(visit: Visit, draft: Draft | undefined, together: boolean): HTMLElement {
  const left = draft?.photos.filter((photo) => !photo.is_sent).length ?? 0;
  const state = el('span', { class: draft ? `is-${tones[draft.result]}` : 'quiet' }, w(draft ? states[draft.result] : 'empty'));
  const notes = [visit.is_recheck ? w('recheck') : '', together ? w('same_visit') : ''].filter(Boolean).join(' · ');
  return el(
    'li',
    { class: 'card' },
    el('p', {}, el('strong', {}, visit.holder), ` · ${visit.item}`),
    el('p', { class: 'small quiet' }, `${visit.planned_on} · ${visit.region} · ${visit.number}${notes ? ` · ${notes}` : ''}`),
    el('p', {}, state, left > 0 ? ` · ${w('photos_left').replace('{}', String(left))}` : ''),
    el('div', { class: 'actions' }, button(w(draft ? 'open' : 'fill'), 'btn--quiet btn--small', () => edit(draft ?? fresh(visit)))),
  );
}

async function list(): Promise<void> {
  const mine = await drafts();
  const planned = kit?.visits ?? [];
  const of = (number: string): Draft | undefined => mine.find((draft) => draft.visit.number === number);
  // What was written is shown although the visit is planned no more.
  const gone = mine.map((draft) => draft.visit).filter((visit) => !planned.some((other) => other.number === visit.number));
  const all = [...planned, ...gone];
  const together = (visit: Visit): boolean => all.some((other) => other.number !== visit.number && other.visit === visit.visit);
  const rows = all.map((visit) => row(visit, of(visit.number), together(visit)));
  const waiting = mine.filter(waits).length;
  const go = button(`${w('sync')} (${waiting})`, '', sync);
  go.disabled = waiting === 0;
  const made = kit ? new Date(kit.made_at).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' }).slice(0, 16) : '';
  draw(
    el('p', { class: 'quiet' }, [kit?.officer, made && w('taken_at_server').replace('{}', made)].filter(Boolean).join(' · ')),
    el('div', { class: 'actions' }, go, button(w('lock'), 'btn--quiet', relock), button(w('change'), 'btn--quiet', change)),
    el('section', { 'aria-labelledby': 'visits' }, el('h2', { id: 'visits' }, w('visits')),
      rows.length === 0 ? el('p', { class: 'empty' }, w('none')) : el('ul', { class: 'plain' }, ...rows)),
  );
}

/** Another passphrase: the server hands the key out once more. */
async function change(): Promise<void> {
  if (!vault) return;
  const asked = await askForKey(vault.device);
  if (asked.kind === 'key') return choose(vault.device, asked.key);
  if (asked.kind === 'lost') return enter();
  say(w(asked.kind === 'away' ? 'no_network' : 'sign_in'));
}

function fresh(visit: Visit): Draft {
  const now = new Date().toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' }).slice(0, 16).replace(' ', 'T');
  return {
    id: uuid(), visit, saved_at: '', photos: [], result: '', errors: [], why: '', clock_minutes: 0, there: null,
    results: {}, notes: {}, place: '', latitude: '', longitude: '', seen_at: now, remark: '', signing: '', signer: '', mend_by: '',
  };
}

async function keep(draft: Draft): Promise<Draft> {
  const kept = { ...draft, saved_at: new Date().toISOString() };
  await vault?.put('drafts', kept.id, kept);
  return kept;
}

async function edit(draft: Draft): Promise<void> {
  say('');
  const back = button(w('back_to_list'), 'btn--quiet', list);
  const heading = el('h2', { tabindex: '-1' }, `${draft.visit.holder} · ${draft.visit.item}`);
  const about = el('p', { class: 'small quiet' }, `${w('number')} ${draft.visit.number} · ${draft.visit.list}`);
  const remove = button(w('remove'), 'btn--stop btn--small', async () => {
    if (!confirm(w('remove_sure'))) return;
    for (const photo of draft.photos) await vault?.remove('photos', photo.id);
    await vault?.remove('drafts', draft.id);
    await list();
  });
  if (draft.result === 'taken' || draft.result === 'beside') {
    draw(heading, about, ...ended(draft), el('div', { class: 'actions' }, back, remove));
    return heading.focus();
  }
  const form = el('form', { novalidate: true }, ...drawForm(w, draft));
  // What came back is mended by its writer: it is said again by the next sync where it is still wrong.
  const written = (): Draft => ({ ...draft, ...readForm(form, draft.visit), result: '', errors: [], why: '' });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void keep(written()).then(() => list()).then(() => say(w('saved')));
  });
  const shots = photographs({ w, say, limits: kit, draft: () => draft, add: async (photo, bytes) => {
    await vault?.keepPhoto(photo.id, bytes);
    draft = await keep({ ...written(), photos: [...draft.photos, photo] });
  }, remove: async (id) => {
    await vault?.remove('photos', id);
    draft = await keep({ ...written(), photos: draft.photos.filter((photo) => photo.id !== id) });
  } });
  form.append(shots, el('div', { class: 'actions' }, el('button', { class: 'btn', type: 'submit' }, w('save')), back));
  const here = el('div', { class: 'field' }, button(w('position'), 'btn--quiet btn--small', () => locate(form)));
  form.querySelector('[name="/seen_at"]')?.closest('.field')?.before(here);
  const mistakes = drawMistakes(w, draft);
  draw(heading, about, ...(mistakes ? [mistakes] : []), form, draft.saved_at ? remove : '');
  (mistakes ?? heading).focus();
}

async function locate(form: HTMLFormElement): Promise<void> {
  const here = await position();
  if (!here) return say(w('position_none'));
  for (const name of ['latitude', 'longitude'] as const) {
    const field = form.querySelector<HTMLInputElement>(`[name="/${name}"]`);
    if (field) field.value = here[name];
  }
  say(w('position_kept'));
}

/** What became of a record that was sent. */
function ended(draft: Draft): HTMLElement[] {
  const parts: HTMLElement[] = [];
  const note = (key: string): void => void parts.push(el('p', { class: 'note' }, w(key)));
  if (draft.clock_minutes !== 0) {
    const off = w('clock').replace('{}', String(Math.abs(draft.clock_minutes)));
    parts.push(el('p', { class: 'note note--lamp' }, off));
  }
  if (draft.result === 'beside') note('beside_means');
  else note('waits_second');
  const other = draft.result === 'beside' && draft.there ? draft.there : undefined;
  if (other?.state === 'ceased') note('ceased');
  parts.push(other && other.state !== 'ceased' ? drawBoth(w, draft, other) : drawMine(w, draft));
  const photo = (one: Draft['photos'][number]): HTMLElement =>
    el('li', {}, one.name, ' ', el('span', { class: 'small quiet' }, w(one.is_sent ? 'photo_sent' : 'photo_waits')),
      ...[...one.marks.map(w), one.why].filter(Boolean).flatMap((mark) => [el('br'), el('span', { class: 'small is-refer' }, mark)]));
  if (draft.photos.length > 0) parts.push(el('h3', {}, w('photos')), el('ul', { class: 'plain' }, ...draft.photos.map(photo)));
  return parts;
}

/** Sends what waits: photographs first, for after the second signature none are taken. */
async function sync(): Promise<void> {
  if (!vault) return;
  const from = vault;
  say(w('syncing'));
  const told = await send(from.device, (await drafts()).filter(waits), { keep: (draft) => keep(draft).then(() => undefined), bytes: (id) => from.photo(id) });
  if (told === 'lost') return enter();
  if (typeof told === 'string') {
    if (told === 'sign_in') part('field-sign-in').hidden = false;
    await list();
    return say(w(told));
  }
  for (const draft of told) {
    await keep(draft);
    for (const photo of draft.photos.filter((one) => one.is_sent)) await from.remove('photos', photo.id);
  }
  await refresh();
  await list();
  const count = (...results: Draft['result'][]): string => String(told.filter((draft) => results.includes(draft.result)).length);
  say(w('synced').replace('{a}', count('taken')).replace('{b}', count('beside')).replace('{c}', count('mend', 'back')));
}

async function start(): Promise<void> {
  const told = document.querySelector<HTMLTemplateElement>('#words')?.content.querySelectorAll<HTMLElement>('[data-key]') ?? [];
  for (const one of told) words.set(one.dataset['key'] ?? '', one.textContent ?? '');
  if (!('serviceWorker' in navigator) || !globalThis.crypto?.subtle) {
    part('field-unfit').hidden = false;
    return;
  }
  await underWorker(HOME);
  for (const kind of ['click', 'keydown']) document.addEventListener(kind, stir);
  const online = (): void => void (part('field-offline').hidden = navigator.onLine);
  addEventListener('online', online);
  addEventListener('offline', online);
  online();
  await enter();
  part('field').dataset['ready'] = 'true';
}

void start();
