// Canonical JSON (RFC 8785): read, write again, and refuse where the two differ. ECMAScript's own way to write numbers and
// texts is the one the RFC asks for, and its order of texts is the order of the keys.
import { type Bytes, fromUtf8, refuse } from './bytes';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Members = { [key: string]: Json };

const LONGEST = 1 << 20;

export function readCanonical(bytes: Bytes): Json {
  if (bytes.length > LONGEST) refuse('too_long');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) refuse('byte_order_mark');
  const text = fromUtf8(bytes);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return refuse('not_json');
  }
  // A member that stands twice is lost in reading, so the text differs then too.
  return canonical(value) === text ? value : refuse('not_canonical');
}

export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`);
  return `{${members.join(',')}}`;
}

export function members(value: Json | undefined, code: string): Members {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : refuse(code);
}

export const text = (value: Json | undefined, code: string): string => (typeof value === 'string' ? value : refuse(code));

/** Milliseconds since 1970, of the one spelling we write: UTC with milliseconds. */
export function moment(value: Json | undefined, code: string): number {
  const ms = Date.parse(text(value, code));
  return !Number.isNaN(ms) && new Date(ms).toISOString() === value ? ms : refuse(code);
}
