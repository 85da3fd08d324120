// Bytes and texts, read strictly. Whatever is not as it should be is refused with a code, the same as the server's.
export class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export function refuse(code: string): never {
  throw new Refused(code);
}

export type Bytes = Uint8Array<ArrayBuffer>;

const DIGITS = '0123456789abcdef';

export const hex = (bytes: Bytes): string => Array.from(bytes, (byte) => DIGITS[byte >> 4]! + DIGITS[byte & 15]!).join('');

export const fromHex = (text: string): Bytes => Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text) as Bytes;

export const base64 = (bytes: Bytes): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

// Standard base64 with its padding, in its one spelling.
export function fromBase64(text: string, code: string): Bytes {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) refuse(code);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return base64(bytes) === text ? bytes : refuse(code);
}

export function fromUtf8(bytes: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('not_utf8');
  }
}

export function joined(...parts: Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const same = (one: Bytes, other: Bytes): boolean => one.length === other.length && one.every((byte, i) => byte === other[i]);

export const number = (bytes: Bytes): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

export const sha256 = async (bytes: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
