// What the draw needs of the transparency log: leaf hashes, inclusion proofs (RFC 6962), checkpoints, signed notes and
// proof files (C2SP).
import { fromBase64, join, same, sha256, utf8, type Bytes } from './bytes';
import { isKey, verify } from './ed25519';

/** Something that does not hold; `code` is one of docs/draw.md. */
export class Wrong extends Error {
  constructor(
    readonly code: string,
    readonly detail = '',
  ) {
    super(`${code} ${detail}`);
  }
}

export interface Key {
  /** As it is written. */
  text: string;
  name: string;
  id: string;
  bytes: Bytes;
}

const ED25519 = 1;

/** Reads `name+id+base64`; null where it is no Ed25519 key. */
export function readKey(text: string): Key | null {
  const parts = /^([^\s+\p{Cc}]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text);
  const typed = fromBase64(parts?.[3] ?? '');
  if (!parts || !typed || typed.length !== 33 || typed[0] !== ED25519 || !isKey(typed.subarray(1))) return null;
  const [, name = '', id = ''] = parts;
  const own = sha256(join(utf8(`${name}\n`), typed)).subarray(0, 4);
  return isName(name) && idOf(own) === id ? { text, name, id, bytes: typed.subarray(1) } : null;
}

export function isName(name: string): boolean {
  return !/[\s+\p{Cc}]/u.test(name) && utf8(name).length <= 200 && name.split('/').every((part) => !['', '.', '..'].includes(part));
}

const idOf = (bytes: Bytes): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export const leafHash = (leaf: Bytes): Bytes => sha256(join(Uint8Array.of(0), leaf));
const nodeHash = (left: Bytes, right: Bytes): Bytes => sha256(join(Uint8Array.of(1), left, right));

/** Checks that `leaf` (a leaf hash) is number `index` of the tree of `size` leaves with this root. */
export function checkInclusion(leaf: Bytes, index: bigint, size: bigint, hashes: Bytes[], top: Bytes): void {
  if (index >= size) throw new Wrong('proof_index');
  if (hashes.length !== proofLength(index, size)) throw new Wrong('proof_length');
  let [node, at, last] = [leaf, index, size - 1n];
  for (const aside of hashes) {
    if (at % 2n === 1n || at === last) {
      node = nodeHash(aside, node);
      // A right edge has no sibling on the levels where it is alone.
      while (at % 2n === 0n && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      node = nodeHash(node, aside);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  if (!same(node, top)) throw new Wrong('proof_mismatch');
}

function proofLength(index: bigint, size: bigint): number {
  const apart = index ^ (size - 1n);
  const inner = apart === 0n ? 0 : apart.toString(2).length;
  const border = (index >> BigInt(inner)).toString(2).replace(/0/g, '').length;
  return inner + border;
}

export interface Signature {
  name: string;
  id: string;
  bytes: Bytes;
}

export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Bytes;
  extensions: string[];
  text: string;
  signatures: Signature[];
}

/** A whole number below 2^64 in its one spelling. */
function readNumber(text: string): bigint | null {
  const number = /^(0|[1-9][0-9]{0,19})$/.test(text) ? BigInt(text) : null;
  return number !== null && number < 1n << 64n ? number : null;
}

export function readCheckpoint(note: string): Checkpoint {
  // Control characters other than the line feed have no place in a note.
  if (!note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(note)) throw new Wrong('note_text');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || split + 2 === note.length) throw new Wrong('note_unsigned');
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > 100) throw new Wrong('note_too_many_signatures');
  const signatures = lines.map(readSignature);
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  const [number, hash] = [readNumber(size), fromBase64(root)];
  if (origin === '') throw new Wrong('checkpoint_origin');
  if (number === null) throw new Wrong('checkpoint_size');
  if (hash?.length !== 32) throw new Wrong('checkpoint_root');
  if (extensions.includes('')) throw new Wrong('checkpoint_extension');
  return { origin, size: number, root: hash, extensions, text, signatures };
}

function readSignature(line: string): Signature {
  const parts = /^— ([^\s+\p{Cc}]+) (\S+)$/u.exec(line);
  const bytes = fromBase64(parts?.[2] ?? '');
  if (!parts || !bytes || bytes.length < 5) throw new Wrong('note_signature_line');
  return { name: parts[1] ?? '', id: idOf(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
}

export const isOf = (signature: Signature, key: Key): boolean => signature.name === key.name && signature.id === key.id;

/** Refuses a checkpoint with a bad signature of a known key, or with none of any. */
export function checkSignatures(checkpoint: Checkpoint, known: Key[]): void {
  let good = 0;
  for (const signature of checkpoint.signatures) {
    const key = known.find((candidate) => isOf(signature, candidate));
    if (!key) continue;
    if (!verify(key.bytes, utf8(checkpoint.text), signature.bytes)) throw new Wrong('signature_mismatch', key.text);
    good++;
  }
  if (good === 0) throw new Wrong('note_unknown_key');
}

export interface Proof {
  index: bigint;
  hashes: Bytes[];
  checkpoint: string;
}

export function readProof(text: string): Proof {
  const magic = 'c2sp.org/tlog-proof@v1\n';
  if (!text.startsWith(magic)) throw new Wrong('not_a_proof_file');
  const split = text.indexOf('\n\n');
  if (split < 0) throw new Wrong('proof_line');
  const lines = text.slice(magic.length, split).split('\n');
  if (lines[0]?.startsWith('extra ') && fromBase64(lines.shift()?.slice(6) ?? '') === null) throw new Wrong('proof_line');
  const index = readNumber(/^index (.*)$/.exec(lines.shift() ?? '')?.[1] ?? '');
  const hashes = lines.map(fromBase64);
  if (index === null || hashes.length > 64) throw new Wrong('proof_line');
  const good = hashes.filter((hash): hash is Bytes => hash?.length === 32);
  if (good.length !== hashes.length) throw new Wrong('proof_line');
  return { index, hashes: good, checkpoint: text.slice(split + 2) };
}
