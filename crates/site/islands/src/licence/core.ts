// What a licence says: the signed core, in its one spelling.
import { type Bytes, joined, number, refuse, utf8 } from './bytes';
import type { Batch } from './batch';
import { Fields } from './cbor';

export const CORE_LABEL = 'budayang/licence-core@v1\n';
const LONGEST = 1024;
const SIGNATURE = 64;
const LAST_DAY = 100_000;
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.';
const ROOT = '1.2.156.3005.2';

export interface Core {
  key: number;
  log: string;
  scope: string;
  code: string;
  /** Milliseconds since 1970. */
  issuedAt: number;
  /** Days since 1970-01-01, by China's calendar. */
  from: number;
  to: number | undefined;
  name: string;
  agency: string;
  holder: string;
  holderCode: string;
  list: number;
  index: number;
  details: Bytes | undefined;
}

export interface Envelope {
  core: Core;
  /** What is signed: the label and the core. */
  text: Bytes;
  /** The signature, or the batch that vouches in its place. */
  vouched: Bytes | Batch;
}

/** Body and signature of any compact document. */
export function split(bytes: Bytes, longest: number): [Bytes, Bytes] {
  if (bytes.length > longest) refuse('too_long');
  if (bytes.length < SIGNATURE) refuse('cut_short');
  const at = bytes.length - SIGNATURE;
  return [bytes.slice(0, at), bytes.slice(at)];
}

export function readEnvelope(bytes: Bytes): Envelope {
  const [body, signature] = split(bytes, LONGEST);
  return { core: readCore(body), text: joined(utf8(CORE_LABEL), body), vouched: signature };
}

export function readCore(body: Bytes): Core {
  const fields = new Fields(body);
  if (fields.required(0, (f) => f.whole()) !== 1) refuse('bad_field');
  const core: Core = {
    key: Number(number(fields.required(1, (f) => f.exactly(4)))),
    log: fields.required(2, (f) => f.text()),
    scope: fields.required(3, (f) => f.text()),
    code: unpackCode(fields.required(4, (f) => f.bytes())),
    issuedAt: fields.required(5, (f) => f.small()) * 1000,
    from: day(fields.required(6, (f) => f.whole())),
    to: fields.optional(7, (f) => day(f.whole())),
    name: words(fields.required(8, (f) => f.bytes())),
    agency: words(fields.required(9, (f) => f.bytes())),
    holder: words(fields.required(10, (f) => f.bytes())),
    holderCode: fields.required(11, (f) => f.text()),
    ...fields.required(12, (f) => {
      f.list(2);
      return { list: f.small(), index: f.small() };
    }),
    details: fields.optional(13, (f) => f.exactly(16)),
  };
  fields.end();
  if (!ascii(core.log, 200) || !ascii(core.scope, 200) || !isScope(core.scope) || !ascii(core.holderCode, 18)) refuse('bad_field');
  if (core.to !== undefined && core.to < core.from) refuse('bad_field');
  return core;
}

export const ascii = (text: string, longest: number): boolean => /^[!-~]+$/.test(text) && text.length <= longest;

export const isScope = (scope: string): boolean =>
  scope.length <= 200 && !/\s/.test(scope) && scope.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

const day = (days: number): number => (days <= LAST_DAY ? days : refuse('bad_field'));

// UTF-16, big-endian; what cannot be printed and compared by eye is refused.
function words(bytes: Bytes): string {
  if (bytes.length % 2 !== 0) refuse('bad_field');
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) text += String.fromCharCode((bytes[i]! << 8) | bytes[i + 1]!);
  const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]|[\u{e0000}-\u{e007f}]/u;
  const bad = text === '' || hasHalfPair(text) || hidden.test(text) || text.trim() !== text || [...text].length > 120;
  return bad ? refuse('bad_field') : text;
}

// A text walks by whole pairs, so what is left of a pair stands alone.
function hasHalfPair(text: string): boolean {
  return [...text].some((letter) => letter >= '\ud800' && letter <= '\udfff' && letter.length === 1);
}

// Three of 37 letters in two bytes, filled up with dots; root and check character follow from the rest. Whether the codes
// inside are codes of somebody the office has checked before it signed.
function unpackCode(bytes: Bytes): string {
  if (bytes.length % 2 !== 0) refuse('bad_field');
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const three = (bytes[i]! << 8) | bytes[i + 1]!;
    if (three >= 37 ** 3) refuse('bad_field');
    text += LETTERS[Math.floor(three / 37 ** 2)]! + LETTERS[Math.floor(three / 37) % 37]! + LETTERS[three % 37]!;
  }
  const body = text.replace(/\.{0,2}$/, '');
  if (!/^[0-9A-Z]{18}[0-9]{3}\.[0-9A-Z]{18}\.[0-9A-Z]{1,32}\.[0-9]{3}$/.test(body)) refuse('bad_field');
  return `${ROOT}.${body}.${check(body.replace(/\./g, ''))}`;
}

// ISO 7064 MOD 37,36.
function check(letters: string): string {
  let product = 36;
  for (const letter of letters) {
    const sum = (product + LETTERS.indexOf(letter)) % 36 || 36;
    product = (sum * 2) % 37;
  }
  return LETTERS[(37 - product) % 36]!;
}
