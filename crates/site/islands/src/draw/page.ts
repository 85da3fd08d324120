// The page /draws/verify: a file is chosen or dropped, checked in this browser, and never sent. The words come with the
// page, in the reader's language; without script the page says how to check by command line.
import { MAX_BYTES, verifyFile, type DoesNot, type Holds, type Trusted } from './verify';

export function startDraw(desk: HTMLElement): void {
  const file = desk.querySelector<HTMLInputElement>('input[type=file]');
  const answer = desk.querySelector<HTMLElement>('[data-answer]');
  if (!file || !answer) return;
  let chosen: File | undefined;
  const again = (): void => void (chosen && verify(chosen, desk, answer));
  file.addEventListener('change', () => {
    chosen = file.files?.[0];
    again();
  });
  desk.addEventListener('change', (event) => event.target !== file && again());
  desk.addEventListener('dragover', (event) => event.preventDefault());
  desk.addEventListener('drop', (event) => {
    event.preventDefault();
    chosen = event.dataTransfer?.files[0] ?? chosen;
    again();
  });
  desk.hidden = false;
}

async function verify(file: File, desk: HTMLElement, answer: HTMLElement): Promise<void> {
  const words = wordsOf(desk);
  answer.replaceChildren(element('p', words('working'), 'quiet'));
  try {
    const bytes = new Uint8Array(await file.slice(0, MAX_BYTES + 1).arrayBuffer());
    const found = verifyFile(bytes, trusted(desk));
    answer.replaceChildren(...(found.valid ? holds(found, words, trusted(desk)) : doesNot(found, words)));
  } catch {
    answer.replaceChildren(...band('refer', '？', words('broken'), words('broken_means')));
  }
}

type Words = (key: string, ...parts: (string | number)[]) => string;

function wordsOf(desk: HTMLElement): Words {
  const lines = desk.querySelector('template')?.content.querySelectorAll<HTMLElement>('[data-key]') ?? [];
  const table = new Map(Array.from(lines, (line) => [line.dataset['key'] ?? '', line.textContent ?? '']));
  return (key, ...parts) => parts.reduce<string>((text, part) => text.replace('{}', () => String(part)), table.get(key) ?? key);
}

function trusted(desk: HTMLElement): Trusted {
  const lines = (name: string): string[] => {
    const field = desk.querySelector<HTMLTextAreaElement>(`textarea[name=${name}]`);
    return (field?.value ?? '').split('\n').map((line) => line.trim()).filter(Boolean);
  };
  return { log: lines('log_keys'), witnesses: lines('witnesses') };
}

function element(name: string, text: string, className = ''): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function band(tone: string, shape: string, word: string, sentence: string): HTMLElement[] {
  const made = element('section', '', `band band--${tone}`);
  made.append(element('h2', `${shape} ${word}`, 'band__word'), element('p', sentence));
  return [made];
}

function doesNot(found: DoesNot, words: Words): HTMLElement[] {
  // A reason of the log's own (a proof line, a signature) has no sentence of its own; its code stands for it.
  const known = words(`wrong_${found.code}`);
  const general = found.code.startsWith('roll_') ? words('wrong_roll') : words('wrong_log');
  const sentence = known.startsWith('wrong_') ? general : known;
  const code = element('p', `${found.code} ${found.detail}`.trim(), 'small quiet code');
  return [...band('refused', '✗', words('false'), sentence), code];
}

function holds(found: Holds, words: Words, given: Trusted): HTMLElement[] {
  const made = band('granted', '✓', words('true'), words('true_means', found.agency, found.number));
  const list = element('ul', '');
  list.append(
    element('li', words('logged', found.origin, found.index, found.witnesses.length)),
    element('li', words('drawn', found.targets, found.take, found.officers, found.bars)),
  );
  const brought = given.log.length > 0 && given.witnesses.length > 0;
  const keys = element('p', brought ? words('keys_given') : words('keys_of_file'), brought ? 'small quiet' : 'note');
  return [...made, list, keys, table(found, words)];
}

function table(found: Holds, words: Words): HTMLElement {
  const names = ['target', 'class', 'weight', 'chance', 'officers'].map((key) => words(`col_${key}`));
  const made = element('table', '', 'stack');
  const [caption, head, body] = [element('caption', words('col_caption')), element('thead', ''), element('tbody', '')];
  const title = element('tr', '');
  title.append(...names.map((name) => cell('th', name, 'col')));
  head.append(title);
  for (const row of found.rows) {
    const line = element('tr', '');
    const values = [row.class, String(row.weight), row.chance.join(' / '), row.officers.join('、')];
    line.append(cell('th', row.target, 'row'), ...values.map((value, i) => cell('td', value, '', names[i + 1])));
    body.append(line);
  }
  made.append(caption, head, body);
  return made;
}

function cell(name: string, text: string, scope = '', label = ''): HTMLElement {
  const made = element(name, text);
  if (scope) made.setAttribute('scope', scope);
  if (label) made.dataset['label'] = label;
  return made;
}
