// Draws the record of a visit as the server's page draws it (`templates/supervision/inspection.html`), and reads it back.

import { el } from '../device/el';
import type { Draft, Mistake, There, Visit, Written } from './types';

export type Words = (key: string) => string;

const RESULTS = ['good', 'bad', 'apart'];
const SIGNINGS = ['signed', 'refused', 'absent'];

const idOf = (pointer: string): string => `f${pointer.replace(/[^A-Za-z0-9_]/g, '-')}`;

interface Asked {
  pointer: string;
  label: string;
  value: string;
  kind?: 'text' | 'lines' | 'date' | 'datetime-local' | 'decimal';
  hint?: string;
  optional?: boolean;
  choices?: [string, string][];
}

function input(asked: Asked, described: string, wrong: boolean): HTMLElement {
  const shared = {
    id: idOf(asked.pointer),
    name: asked.pointer,
    'aria-describedby': described || false,
    'aria-invalid': wrong ? 'true' : false,
  };
  if (asked.kind === 'lines') return el('textarea', { ...shared, class: 'input', rows: '3' }, asked.value);
  const isTime = asked.kind === 'date' || asked.kind === 'datetime-local';
  const width = asked.kind === undefined ? 'long' : 'medium';
  return el('input', {
    ...shared,
    class: `input input--${width}`,
    type: isTime ? String(asked.kind) : 'text',
    inputmode: asked.kind === 'decimal' ? 'decimal' : false,
    value: asked.value,
    autocomplete: 'off',
  });
}

function drawn(w: Words, asked: Asked, errors: Mistake[]): HTMLElement {
  const id = idOf(asked.pointer);
  const mistake = errors.find((error) => error.pointer === asked.pointer);
  const hint = asked.hint ? el('span', { class: 'hint', id: `${id}-hint` }, asked.hint) : '';
  const error = mistake
    ? el('span', { class: 'field__error', id: `${id}-error` }, el('span', { class: 'sr' }, w('error')), mistake.message)
    : '';
  const described = [asked.hint && `${id}-hint`, mistake && `${id}-error`].filter(Boolean).join(' ');
  const optional = asked.optional ? el('span', { class: 'quiet' }, ` ${w('optional')}`) : '';
  const outer = el('div', { class: mistake ? 'field field--wrong' : 'field' });
  if (!asked.choices) {
    outer.append(el('label', { class: 'field__label', for: id }, asked.label, optional), hint, error);
    outer.append(input(asked, described, mistake !== undefined));
    return outer;
  }
  outer.id = id;
  outer.tabIndex = -1;
  const radio = ([value, label]: [string, string]): HTMLElement =>
    el(
      'label',
      { class: 'option' },
      el('input', { type: 'radio', name: asked.pointer, value, checked: asked.value === value }),
      el('span', {}, label),
    );
  const legend = el('legend', { class: 'field__label' }, asked.label, optional);
  outer.append(el('fieldset', { 'aria-describedby': described || false }, legend, hint, error, ...asked.choices.map(radio)));
  return outer;
}

/** The whole record: every line of the list, where and when, and how the inspected took it. */
export function drawForm(w: Words, draft: Draft): HTMLElement[] {
  const choices = (words: string[]): [string, string][] => words.map((word) => [word, w(word)]);
  const at = (asked: Asked): HTMLElement => drawn(w, asked, draft.errors);
  const lines = draft.visit.lines.flatMap((line) => [
    at({
      pointer: `/line/${line.id}`,
      label: line.sentence,
      hint: line.basis,
      value: draft.results[line.id] ?? '',
      choices: choices(RESULTS),
    }),
    at({ pointer: `/note/${line.id}`, label: `${w('note')}：${line.sentence}`, value: draft.notes[line.id] ?? '', optional: true }),
  ]);
  const where = [
    at({ pointer: '/place', label: w('place'), hint: w('place_hint'), value: draft.place }),
    at({ pointer: '/latitude', label: w('latitude'), hint: w('position_hint'), value: draft.latitude, kind: 'decimal', optional: true }),
    at({ pointer: '/longitude', label: w('longitude'), value: draft.longitude, kind: 'decimal', optional: true }),
    at({ pointer: '/seen_at', label: w('seen_at'), hint: w('seen_hint'), value: draft.seen_at, kind: 'datetime-local' }),
  ];
  const mend = at({ pointer: '/mend_by', label: w('mend_by'), hint: w('mend_hint'), value: draft.mend_by, kind: 'date', optional: true });
  const end = [
    ...(draft.visit.is_recheck ? [] : [mend]),
    at({ pointer: '/remark', label: w('remark'), value: draft.remark, kind: 'lines', optional: true }),
    at({ pointer: '/signing', label: w('signing'), value: draft.signing, choices: choices(SIGNINGS) }),
    at({ pointer: '/signer', label: w('signer'), hint: w('signer_hint'), value: draft.signer }),
  ];
  const section = (title: string, parts: HTMLElement[]): HTMLElement => el('section', {}, el('h3', {}, w(title)), ...parts);
  return [section('looked', lines), section('where', where), section('end', end)];
}

/** All mistakes at once, each leading to its field. */
export function drawMistakes(w: Words, draft: Draft): HTMLElement | undefined {
  if (draft.errors.length === 0 && !draft.why) return undefined;
  const lines = draft.errors.map((error) => el('li', {}, el('a', { href: `#${idOf(error.pointer)}` }, error.message)));
  const box = el('div', { class: 'errors', role: 'alert', tabindex: '-1' }, el('h2', {}, w('came_back')));
  if (draft.why) box.append(el('p', {}, draft.why));
  if (lines.length > 0) box.append(el('ul', { class: 'plain' }, ...lines));
  return box;
}

/** What stands in the form now. */
export function readForm(form: HTMLFormElement, visit: Visit): Written {
  const sent = new FormData(form);
  const text = (name: string): string => String(sent.get(name) ?? '').trim();
  const results: Record<string, string> = {};
  const notes: Record<string, string> = {};
  for (const { id } of visit.lines) {
    const [result, note] = [text(`/line/${id}`), text(`/note/${id}`)];
    if (result) results[id] = result;
    if (note) notes[id] = note;
  }
  return {
    results,
    notes,
    place: text('/place'),
    latitude: text('/latitude'),
    longitude: text('/longitude'),
    seen_at: text('/seen_at'),
    remark: text('/remark'),
    signing: text('/signing'),
    signer: text('/signer'),
    mend_by: text('/mend_by'),
  };
}

type Said = Pick<Written, 'results' | 'notes'>;

function said(w: Words, of: Said, line: string): string {
  const result = of.results[line];
  const note = of.notes[line];
  return [result ? w(result) : '—', ...(note ? [note] : [])].join('：');
}

/** What was sent, to be read. */
export function drawMine(w: Words, draft: Draft): HTMLElement {
  const pair = (label: string, value: string): HTMLElement[] => (value ? [el('dt', {}, label), el('dd', {}, value)] : []);
  return el(
    'dl',
    { class: 'pairs' },
    ...draft.visit.lines.flatMap((line) => pair(line.sentence, said(w, draft, line.id))),
    ...pair(w('place'), draft.place),
    ...pair(w('seen_at'), draft.seen_at.replace('T', ' ')),
    ...pair(w('signing'), draft.signing ? w(draft.signing) : ''),
    ...pair(w('signer'), draft.signer),
    ...pair(w('mend_by'), draft.mend_by),
    ...pair(w('remark'), draft.remark),
  );
}

/** Both records side by side: nothing of either is lost. */
export function drawBoth(w: Words, draft: Draft, there: There): HTMLElement {
  const theirs = w('theirs').replace('{}', there.officer);
  const rows = draft.visit.lines.map((line) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, line.sentence),
      el('td', { 'data-label': w('mine') }, said(w, draft, line.id)),
      el('td', { 'data-label': theirs }, said(w, there, line.id)),
    ),
  );
  const head = [w('line'), w('mine'), theirs].map((title) => el('th', { scope: 'col' }, title));
  return el(
    'table',
    { class: 'stack' },
    el('caption', { class: 'sr' }, w('mine')),
    el('thead', {}, el('tr', {}, ...head)),
    el('tbody', {}, ...rows),
  );
}
