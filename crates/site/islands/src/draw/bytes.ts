// Bytes, texts and SHA-2, written out so that the verifier works on any page, also where the browser's own cryptography
// is not offered (plain HTTP inside an office).

export type Bytes = Uint8Array;

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

export function join(...parts: Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const same = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

export const hex = (bytes: Bytes): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** 64 lower-case hexadecimal digits as 32 bytes. */
export function fromHex(text: string): Bytes | null {
  if (!/^[0-9a-f]{64}$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Base64 with padding, in its one spelling. */
export function fromBase64(text: string): Bytes | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const binary = atob(text);
  // Bits that belong to no byte must be zero, or one value would have several spellings.
  return btoa(binary) === text ? Uint8Array.from(binary, (c) => c.charCodeAt(0)) : null;
}

/** Eight bytes, most significant first. */
export function eight(number: number): Bytes {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(number / 2 ** 32));
  view.setUint32(4, number >>> 0);
  return bytes;
}

function primes(count: number): bigint[] {
  const found: bigint[] = [];
  for (let n = 2n; found.length < count; n++) if (found.every((p) => n % p !== 0n)) found.push(n);
  return found;
}

/** The whole part of the nth root. */
function root(number: bigint, n: bigint): bigint {
  let [low, high] = [0n, number];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** n <= number) low = middle;
    else high = middle - 1n;
  }
  return low;
}

// FIPS 180-4 takes its constants from the fractions of square and cube roots of primes; taking them again leaves nothing
// to mistype.
const MASK = (1n << 64n) - 1n;
const K = primes(80).map((p) => root(p << 192n, 3n) & MASK);
const START = primes(8).map((p) => root(p << 128n, 2n) & MASK);
const K32 = Int32Array.from(K.slice(0, 64), (k) => Number(BigInt.asIntN(32, k >> 32n)));
const START32 = Int32Array.from(START, (h) => Number(BigInt.asIntN(32, h >> 32n)));

function padded(message: Bytes, block: number, lengthBytes: number): Bytes {
  const bytes = new Uint8Array(Math.ceil((message.length + 1 + lengthBytes) / block) * block);
  bytes.set(message);
  bytes[message.length] = 0x80;
  bytes.set(eight(message.length * 8), bytes.length - 8);
  return bytes;
}

const turn = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

export function sha256(message: Bytes): Bytes {
  const bytes = padded(message, 64, 8);
  const view = new DataView(bytes.buffer);
  const state = Int32Array.from(START32);
  const w = new Int32Array(64);
  for (let at = 0; at < bytes.length; at += 64) block256(view, at, w, state);
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => out.setInt32(i * 4, word));
  return new Uint8Array(out.buffer);
}

function block256(view: DataView, at: number, w: Int32Array, state: Int32Array): void {
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + i * 4);
  for (let i = 16; i < 64; i++) {
    const [early, late] = [w[i - 15]!, w[i - 2]!];
    const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K32[i]! + w[i]!) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = state[i]! + word));
}

const turn64 = (x: bigint, n: bigint): bigint => ((x >> n) | (x << (64n - n))) & MASK;

/** For signatures only, a few short messages each: plain rather than fast. */
export function sha512(message: Bytes): Bytes {
  const bytes = padded(message, 128, 16);
  const state = START.slice();
  for (let at = 0; at < bytes.length; at += 128) block512(bytes.subarray(at, at + 128), state);
  return join(...state.map((word) => Uint8Array.from(word.toString(16).padStart(16, '0').match(/../g) ?? [], (pair) => parseInt(pair, 16))));
}

function block512(block: Bytes, state: bigint[]): void {
  const w: bigint[] = [];
  for (let i = 0; i < 16; i++) w.push(BigInt('0x' + hex(block.subarray(i * 8, i * 8 + 8))));
  for (let i = 16; i < 80; i++) {
    const [early, late] = [w[i - 15]!, w[i - 2]!];
    const s0 = turn64(early, 1n) ^ turn64(early, 8n) ^ (early >> 7n);
    const s1 = turn64(late, 19n) ^ turn64(late, 61n) ^ (late >> 6n);
    w.push((w[i - 16]! + s0 + w[i - 7]! + s1) & MASK);
  }
  let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  for (let i = 0; i < 80; i++) {
    const s1 = turn64(e, 14n) ^ turn64(e, 18n) ^ turn64(e, 41n);
    const t1 = h + s1 + ((e & f) ^ (~e & MASK & g)) + K[i]! + w[i]!;
    const s0 = turn64(a, 28n) ^ turn64(a, 34n) ^ turn64(a, 39n);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = (state[i]! + word) & MASK));
}
