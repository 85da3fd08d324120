// Ed25519 (RFC 8032), verification only, strict: S below the order, canonical points, none of small order, no cofactor.
import { join, sha512, type Bytes } from './bytes';

const P = (1n << 255n) - 19n;
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;

const mod = (a: bigint): bigint => ((a % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)];
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

const inverse = (a: bigint): bigint => power(a, P - 2n);
const D = mod(-121665n * inverse(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

/** Extended coordinates: x = X/Z, y = Y/Z, T = XY/Z. */
interface Point {
  x: bigint;
  y: bigint;
  z: bigint;
  t: bigint;
}

const NEUTRAL: Point = { x: 0n, y: 1n, z: 1n, t: 0n };

function add(p: Point, q: Point): Point {
  const a = mod((p.y - p.x) * (q.y - q.x));
  const b = mod((p.y + p.x) * (q.y + q.x));
  const c = mod(2n * p.t * q.t * D);
  const d = mod(2n * p.z * q.z);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

function times(number: bigint, point: Point): Point {
  let [sum, twice] = [NEUTRAL, point];
  for (let n = number; n > 0n; n >>= 1n) {
    if (n & 1n) sum = add(sum, twice);
    twice = add(twice, twice);
  }
  return sum;
}

const equal = (p: Point, q: Point): boolean => mod(p.x * q.z - q.x * p.z) === 0n && mod(p.y * q.z - q.y * p.z) === 0n;
const small = (p: Point): boolean => equal(times(8n, p), NEUTRAL);

const little = (bytes: Bytes): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function decode(bytes: Bytes): Point | null {
  const number = little(bytes);
  const [sign, y] = [number >> 255n, number & ((1n << 255n) - 1n)];
  if (y >= P) return null;
  const [u, v] = [mod(y * y - 1n), mod(D * y * y + 1n)];
  let x = mod(u * v ** 3n * power(u * v ** 7n, (P - 5n) / 8n));
  if (mod(v * x * x + u) === 0n) x = mod(x * ROOT_OF_MINUS_ONE);
  if (mod(v * x * x - u) !== 0n) return null;
  if (x === 0n && sign === 1n) return null;
  if ((x & 1n) !== sign) x = P - x;
  return { x, y, z: 1n, t: mod(x * y) };
}

const BASE = decode(Uint8Array.from([0x58, ...Array<number>(31).fill(0x66)])) ?? NEUTRAL;

/** Whether a public key is a point that proves something. */
export function isKey(key: Bytes): boolean {
  const point = key.length === 32 ? decode(key) : null;
  return point !== null && !small(point);
}

export function verify(key: Bytes, message: Bytes, signature: Bytes): boolean {
  if (key.length !== 32 || signature.length !== 64) return false;
  const [a, r] = [decode(key), decode(signature.subarray(0, 32))];
  const s = little(signature.subarray(32));
  if (!a || !r || s >= ORDER || small(a) || small(r)) return false;
  const h = little(sha512(join(signature.subarray(0, 32), key, message))) % ORDER;
  return equal(times(s, BASE), add(r, times(h, a)));
}
