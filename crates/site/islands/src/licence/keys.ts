// Public keys as the trust list writes them, `name+0a1b2c3d+base64`, and signatures under them. The algorithm is a property of
// the key and of nothing else.
import { type Bytes, fromBase64, hex, joined, number, refuse, sha256, utf8 } from './bytes';
import { SM2_ORDER, verifySm2 } from './sm2';

export type Algorithm = 'ed25519' | 'sm2-sm3' | 'ecdsa-p256-sha256';

export interface Key {
  name: string;
  /** The number in compact documents and signature lines. */
  hash: number;
  algorithm: Algorithm;
  bytes: Bytes;
}

const TYPES: [Algorithm, Bytes, number][] = [
  ['ed25519', Uint8Array.of(1), 32],
  ['sm2-sm3', joined(Uint8Array.of(0xff), utf8('budayang/sm2-sm3@v1\n')), 65],
  ['ecdsa-p256-sha256', joined(Uint8Array.of(0xff), utf8('budayang/ecdsa-p256-sha256@v1\n')), 65],
];

const ORDERS: Record<Algorithm, bigint> = {
  ed25519: 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn,
  'sm2-sm3': SM2_ORDER,
  'ecdsa-p256-sha256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

export async function readKey(text: string): Promise<Key> {
  const parts = /^([^+\s]{1,200})\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? refuse('trust_shape');
  const typed = fromBase64(parts[3]!, 'trust_shape');
  for (const [algorithm, type, length] of TYPES) {
    if (typed.length !== type.length + length || !type.every((byte, i) => typed[i] === byte)) continue;
    const digest = await sha256(joined(utf8(`${parts[1]!}\n`), typed));
    if (hex(digest.slice(0, 4)) !== parts[2]) refuse('trust_shape');
    return { name: parts[1]!, hash: parseInt(parts[2]!, 16), algorithm, bytes: typed.slice(type.length) };
  }
  return refuse('trust_shape');
}

export const keyId = (key: Key): string => `${key.name}+${key.hash.toString(16).padStart(8, '0')}`;

export const isDemonstration = (name: string): boolean => name.split(/[/.]/).some((part) => part.toLowerCase() === 'demonstration');

/** Checks a signature; refuses with the reason. */
export async function verify(key: Key, text: Bytes, signature: Bytes): Promise<void> {
  checkShape(key.algorithm, signature);
  if (!(await holds(key, text, signature))) refuse('signature_mismatch');
}

async function holds(key: Key, text: Bytes, signature: Bytes): Promise<boolean> {
  if (key.algorithm === 'sm2-sm3') return verifySm2(key.bytes, text, signature);
  const ed = key.algorithm === 'ed25519';
  const kind = ed ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey('raw', key.bytes, kind, false, ['verify']);
  } catch {
    // Older browsers have no Ed25519: that says nothing about the licence.
    return refuse('algorithm_missing');
  }
  return crypto.subtle.verify(kind, imported, signature, text);
}

function checkShape(algorithm: Algorithm, signature: Bytes): void {
  if (signature.length !== 64) refuse('signature_length');
  const order = ORDERS[algorithm];
  const second = signature.slice(32);
  if (algorithm === 'ed25519') {
    if (number(second.reverse()) >= order) refuse('signature_out_of_range');
    return;
  }
  const [r, s] = [number(signature.slice(0, 32)), number(second)];
  for (const one of [r, s]) {
    if (one === 0n) refuse('signature_zero');
    if (one >= order) refuse('signature_out_of_range');
  }
  if (algorithm === 'sm2-sm3' && r + s === order) refuse('signature_sum_is_order');
}
