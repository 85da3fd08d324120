// SM2 signatures (GB/T 32918.2-2016), checked only: the arithmetic of the curve is @noble/curves', which was audited; the
// equation and the hash before it are written here.
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { type Bytes, fromHex, joined, number, utf8 } from './bytes';
import { sm3 } from './sm3';

export const SM2_ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const A = 'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc';
const B = '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93';
const GX = '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7';
const GY = 'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0';
/** The default identity of GB/T 35276; OpenSSL's command line takes an empty one unless told otherwise. */
const IDENTITY = '1234567812345678';

const Point = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: SM2_ORDER,
  h: 1n,
  a: BigInt(`0x${A}`),
  b: BigInt(`0x${B}`),
  Gx: BigInt(`0x${GX}`),
  Gy: BigInt(`0x${GY}`),
});

/** Whether `signature` (r ‖ s, both already known to be in range and their sum not the order) is of this text and key. */
export function verifySm2(key: Bytes, text: Bytes, signature: Bytes): boolean {
  const [r, s] = [number(signature.slice(0, 32)), number(signature.slice(32))];
  const point = Point.fromAffine({ x: number(key.slice(1, 33)), y: number(key.slice(33)) });
  point.assertValidity();
  const sum = Point.BASE.multiplyUnsafe(s).add(point.multiplyUnsafe((r + s) % SM2_ORDER));
  if (sum.is0()) return false;
  return (number(digest(key, text)) + sum.toAffine().x) % SM2_ORDER === r;
}

/** SM3 over Z, which binds identity, curve and key, and the text. */
function digest(key: Bytes, text: Bytes): Bytes {
  const identity = utf8(IDENTITY);
  const bits = Uint8Array.of(0, identity.length * 8);
  const z = sm3(joined(bits, identity, fromHex(A + B + GX + GY), key.slice(1)));
  return sm3(joined(z, text));
}
