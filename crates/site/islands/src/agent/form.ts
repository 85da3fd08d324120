// Draws a form of the kit as the server draws it (`templates/frame/field.html`), and reads it back.

import { el } from '../device/el';
import type { Draft, Kit, KitField, KitItem, Mistake, Value } from './types';

type Words = Kit['words'];

const idOf = (pointer: string): string => `f${pointer.replace(/[^A-Za-z0-9_]/g, '-')}`;

interface Asked {
  pointer: string;
  kind: string;
  label: string;
  hint: string;
  required: boolean;
  choices: KitField['choices'];
  statement: string;
  value: Value | undefined;
}

/** Who it is for, by what authorisation, and when it was collected: asked for every item. */
function people(words: Words, draft: Draft): Asked[] {
  const one = (pointer: string, kind: string, label: string, value: Value, extra: Partial<Asked> = {}): Asked => ({
    pointer,
    kind,
    label: words[label] ?? label,
    hint: '',
    required: true,
    choices: [],
    statement: '',
    value,
    ...extra,
  });
  return [
    one('/applicant/name', 'text', 'name', draft.name),
    one('/applicant/code', 'citizen-id', 'code', draft.citizen_id),
    one('/applicant/seen', 'declaration', 'seen_label', draft.original_seen, { statement: words['seen'] ?? '' }),
    one('/authorisation', 'declaration', 'authorised_label', draft.authorised, { statement: words['authorised'] ?? '' }),
    one('/paper', 'text', 'paper', draft.paper, { hint: words['paper_hint'] ?? '' }),
    one('/collected_on', 'date', 'collected_on', draft.collected_on),
  ];
}

function input(field: Asked, described: string, wrong: boolean): HTMLElement {
  const id = idOf(field.pointer);
  const shared = { id, name: field.pointer, 'aria-describedby': described || false, 'aria-invalid': wrong ? 'true' : false };
  const value = field.value === undefined ? '' : String(field.value);
  if (field.kind === 'long-text') return el('textarea', { ...shared, class: 'input', rows: '4' }, value);
  if (field.kind === 'declaration') {
    const box = el('input', { ...shared, type: 'checkbox', checked: field.value === true });
    return el('label', { class: 'option' }, box, el('span', {}, field.statement));
  }
  const width = field.kind === 'integer' ? 'short' : field.kind === 'text' ? 'long' : 'medium';
  const type = field.kind === 'date' ? 'date' : 'text';
  const mode = field.kind === 'integer' ? 'numeric' : field.kind === 'phone' ? 'tel' : 'text';
  return el('input', { ...shared, class: `input input--${width}`, type, inputmode: mode, value, autocomplete: 'off' });
}

function drawn(words: Words, field: Asked, errors: Mistake[]): HTMLElement {
  const id = idOf(field.pointer);
  const mistake = errors.find((error) => error.pointer === field.pointer);
  const hint = field.hint ? el('span', { class: 'hint', id: `${id}-hint` }, field.hint) : '';
  const error = mistake
    ? el('span', { class: 'field__error', id: `${id}-error` }, el('span', { class: 'sr' }, words['error'] ?? ''), mistake.message)
    : '';
  const described = [field.hint && `${id}-hint`, mistake && `${id}-error`].filter(Boolean).join(' ');
  const optional = field.required ? '' : el('span', { class: 'quiet' }, ` ${words['optional'] ?? ''}`);
  const outer = el('div', { class: mistake ? 'field field--wrong' : 'field' });
  if (field.choices.length > 0) {
    outer.id = id;
    outer.tabIndex = -1;
    const chosen = (value: string): boolean => field.value === value;
    const radio = (choice: { value: string; label: string }): HTMLElement =>
      el(
        'label',
        { class: 'option' },
        el('input', { type: 'radio', name: field.pointer, value: choice.value, checked: chosen(choice.value) }),
        el('span', {}, choice.label),
      );
    const legend = el('legend', { class: 'field__label' }, field.label, optional);
    outer.append(el('fieldset', { 'aria-describedby': described || false }, legend, hint, error, ...field.choices.map(radio)));
    return outer;
  }
  outer.append(el('label', { class: 'field__label', for: id }, field.label, optional), hint, error);
  outer.append(input(field, described, mistake !== undefined));
  return outer;
}

/** The form of a draft: who, then the item's own sections. */
export function drawForm(words: Words, item: KitItem, draft: Draft): HTMLElement[] {
  const parts = [el('section', {}, el('h3', {}, words['who'] ?? ''), ...people(words, draft).map((f) => drawn(words, f, draft.errors)))];
  for (const section of item.sections) {
    const fields = section.fields.map((field) => {
      const asked: Asked = { ...field, pointer: `/${field.name}`, value: draft.form[field.name] };
      return drawn(words, asked, draft.errors);
    });
    const hint = section.hint ? [el('p', { class: 'quiet' }, section.hint)] : [];
    parts.push(el('section', {}, el('h3', {}, section.title), ...hint, ...fields));
  }
  return parts;
}

/** All mistakes at once, each leading to its field. */
export function drawMistakes(words: Words, errors: Mistake[], why: string): HTMLElement | undefined {
  if (errors.length === 0 && !why) return undefined;
  const lines = errors.map((error) => el('li', {}, el('a', { href: `#${idOf(error.pointer)}` }, error.message)));
  const box = el('div', { class: 'errors', role: 'alert', tabindex: '-1' }, el('h2', {}, words['came_back'] ?? ''));
  if (why) box.append(el('p', {}, why));
  if (lines.length > 0) box.append(el('ul', { class: 'plain' }, ...lines));
  return box;
}

/** What stands in the form now. */
export function readForm(form: HTMLFormElement, item: KitItem, draft: Draft): Draft {
  const sent = new FormData(form);
  const text = (name: string): string => String(sent.get(name) ?? '').trim();
  const values: Draft['form'] = {};
  for (const field of item.sections.flatMap((section) => section.fields)) {
    const typed = text(`/${field.name}`);
    if (field.kind === 'declaration') values[field.name] = sent.has(`/${field.name}`);
    else if (typed !== '') values[field.name] = field.kind === 'integer' && /^\d{1,15}$/.test(typed) ? Number(typed) : typed;
  }
  return {
    ...draft,
    name: text('/applicant/name'),
    citizen_id: text('/applicant/code'),
    original_seen: sent.has('/applicant/seen'),
    authorised: sent.has('/authorisation'),
    paper: text('/paper'),
    collected_on: text('/collected_on'),
    form: values,
    saved_at: new Date().toISOString(),
  };
}
