// JSON as a verifier reads it: nothing twice, and one canonical text (RFC 8785).
import { Wrong } from './log';

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };
export type Members = { [member: string]: Json };

export function readJson(bytes: Uint8Array): Json {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw new Wrong('byte_order_mark');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Wrong('not_utf8');
  }
  return parse(text);
}

export function parse(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new Wrong('not_json');
  }
  refuseTwice(text);
  return value;
}

/** The engine's reader keeps the last of two members of one name without a word. The text is known to be JSON. */
function refuseTwice(text: string): void {
  const tokens = /"(?:[^"\\]+|\\.)*"|[{}[\],:]/g;
  const open: (Set<string> | null)[] = [];
  let before = '';
  for (let found = tokens.exec(text); found; found = tokens.exec(text)) {
    const token = found[0];
    const inside = open[open.length - 1];
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"') && inside && (before === '{' || before === ',')) {
      const name = JSON.parse(token) as string;
      if (inside.has(name)) throw new Wrong('duplicate_key', name);
      inside.add(name);
    }
    before = token;
  }
}

export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join(',')}}`;
}

export const isMembers = (value: Json | undefined): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Exactly these members, no more and no less. */
export const hasOnly = (value: Json | undefined, names: string[]): value is Members =>
  isMembers(value) && Object.keys(value).length === names.length && names.every((name) => name in value);

/** A whole number from 0 to 2^32 − 1. */
export const isCount = (value: Json | undefined): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;

export const isTexts = (value: Json | undefined): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
