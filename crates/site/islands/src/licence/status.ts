// The status list: the marked positions of a whole office in a Rice code, signed, numbered, promised until a time.
import { type Bytes, joined, number, refuse, utf8 } from './bytes';
import { Fields } from './cbor';
import { ascii, isScope, split } from './core';
import { checkAuthority, signerOf, type Trust } from './trust';

const LABEL = 'budayang/status-list@v1\n';
const LONGEST = 8 << 20;
const MOST = 1 << 24;
const MARKS = ['', 'superseded', 'suspended', 'withdrawn', 'set_aside', 'revoked', 'struck_off'];

export interface StatusList {
  log: string;
  list: number;
  sequence: number;
  issuedAt: number;
  nextUpdate: number;
  size: number;
  marks: Map<number, string>;
  issuer: string;
  /** What two lists of one number must have in common. */
  content: string;
}

export async function openStatus(bytes: Bytes, trust: Trust, now: number): Promise<StatusList> {
  const [body, signature] = split(bytes, LONGEST);
  const { key, scope, ...list } = readStatus(body);
  const entry = await signerOf(trust, key, joined(utf8(LABEL), body), signature);
  checkAuthority(entry, scope, list.issuedAt, now);
  return { ...list, issuer: entry.issuer };
}

/** Refuses a list that may not take the place of the one held. */
export function checkFollows(list: StatusList, held: StatusList): void {
  if (list.log !== held.log || list.list !== held.list) refuse('status_other_list');
  if (list.sequence < held.sequence) refuse('status_rollback');
  if (list.sequence === held.sequence && list.content !== held.content) refuse('status_fork');
}

function readStatus(body: Bytes): Omit<StatusList, 'issuer'> & { key: number; scope: string } {
  const fields = new Fields(body);
  if (fields.required(0, (f) => f.whole()) !== 1) refuse('bad_field');
  const key = Number(number(fields.required(1, (f) => f.exactly(4))));
  const log = fields.required(2, (f) => f.text());
  const scope = fields.required(3, (f) => f.text());
  const list = fields.required(4, (f) => f.small());
  const sequence = fields.required(5, (f) => f.whole());
  const issuedAt = fields.required(6, (f) => f.small()) * 1000;
  const nextUpdate = fields.required(7, (f) => f.small()) * 1000;
  const size = fields.required(8, (f) => f.small());
  const count = fields.required(9, (f) => f.small());
  const parameter = fields.required(10, (f) => f.small());
  const bits = fields.required(11, (f) => f.bytes());
  fields.end();
  if (!ascii(log, 200) || !ascii(scope, 200) || !isScope(scope) || nextUpdate <= issuedAt || size < 1 || size > MOST) refuse('bad_field');
  const marks = readMarks(bits, parameter, count, size);
  const content = [issuedAt, size, ...marks].join();
  return { key, log, scope, list, sequence, issuedAt, nextUpdate, size, marks, content };
}

// Of each gap the part above 2^k in ones and a zero, the rest in k bits; then the mark in three.
function readMarks(bits: Bytes, k: number, count: number, size: number): Map<number, string> {
  if (k > 24 || count * (k + 4) > bits.length * 8) refuse('bad_field');
  let at = 0;
  const take = (width: number): number => {
    let value = 0;
    for (let i = 0; i < width; i += 1, at += 1) {
      const byte = bits[at >> 3] ?? refuse('bad_field');
      value = value * 2 + ((byte >> (7 - (at & 7))) & 1);
    }
    return value;
  };
  const marks = new Map<number, string>();
  let next = 0;
  for (let i = 0; i < count; i += 1) {
    let above = 0;
    while (take(1) === 1) above += 1;
    const index = next + above * 2 ** k + take(k);
    const mark = take(3);
    if (index >= size || mark < 1 || mark > 6) refuse('bad_field');
    marks.set(index, MARKS[mark]!);
    next = index + 1;
  }
  const left = bits.length * 8 - at;
  if (left >= 8 || take(left) !== 0) refuse('bad_field');
  return marks;
}
