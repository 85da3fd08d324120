// The proof file (C2SP tlog-proof): a leaf, its position, the hashes up to the root, and a checkpoint the log has signed.
import { type Bytes, fromBase64, hex, joined, refuse, Refused, same, sha256, utf8 } from './bytes';
import { members, moment, readCanonical } from './canonical';
import { type Key, verify } from './keys';

const MAGIC = 'c2sp.org/tlog-proof@v1\n';

/** When the log took in the licence with this fingerprint, by its own account, which the proof binds it to. */
export async function loggedAt(text: string, origin: string, keys: Key[], fingerprint: Bytes): Promise<number> {
  if (!text.startsWith(MAGIC)) refuse('not_a_proof_file');
  const gap = text.indexOf('\n\n');
  if (gap < 0) refuse('proof_line');
  const lines = text.slice(MAGIC.length, gap).split('\n');
  const extra = lines[0]?.startsWith('extra ') ? fromBase64(lines.shift()!.slice(6), 'proof_line') : undefined;
  const index = whole(/^index (.*)$/.exec(lines.shift() ?? '')?.[1] ?? '', 'proof_line');
  const hashes = lines.map((line) => hash(line, 'proof_line'));
  const leaf = extra ?? refuse('proof_without_leaf');
  const { size, root } = await openCheckpoint(text.slice(gap + 2), origin, keys);
  await checkInclusion(await sha256(joined(Uint8Array.of(0), leaf)), index, size, hashes, root);
  return told(leaf, fingerprint);
}

function told(leaf: Bytes, fingerprint: Bytes): number {
  try {
    const { kind, act } = members(readCanonical(leaf), 'shape');
    const { at, core } = members(act, 'shape');
    if (kind === 'licence.issued' && core === hex(fingerprint)) return moment(at, 'shape');
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
  }
  return refuse('proof_of_another');
}

function whole(text: string, code: string): number {
  return /^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : refuse(code);
}

function hash(text: string, code: string): Bytes {
  const bytes = fromBase64(text, code);
  return bytes.length === 32 ? bytes : refuse(code);
}

async function openCheckpoint(note: string, origin: string, keys: Key[]): Promise<{ size: number; root: Bytes }> {
  const gap = note.lastIndexOf('\n\n');
  if (gap < 0) refuse('note_unsigned');
  const text = note.slice(0, gap + 1);
  let known = 0;
  for (const line of note.slice(gap + 2).trimEnd().split('\n')) {
    const [, name, signature] = /^— (\S+) (\S+)$/.exec(line) ?? refuse('note_signature_line');
    const bytes = fromBase64(signature!, 'note_signature_line');
    const number = new DataView(bytes.buffer).getUint32(0);
    const key = keys.find((other) => other.name === name && other.hash === number);
    // Strangers may sign beside the log; their signatures say nothing here.
    if (!key) continue;
    await verify(key, utf8(text), bytes.slice(4));
    known += 1;
  }
  if (known === 0) refuse('note_unknown_key');
  const [named, size, root] = text.split('\n');
  if (named !== origin) refuse('other_origin');
  return { size: whole(size ?? '', 'checkpoint_size'), root: hash(root ?? '', 'checkpoint_root') };
}

// RFC 6962: up from the leaf, left or right by the bits of its index, and straight up where a tree of this size is ragged.
async function checkInclusion(leaf: Bytes, index: number, size: number, hashes: Bytes[], root: Bytes): Promise<void> {
  if (index >= size) refuse('proof_index');
  const top = (await climbs(leaf, index, size, hashes)) ?? refuse('proof_length');
  if (!same(top, root)) refuse('proof_mismatch');
}

/** The root these hashes lead to; nothing where such a proof has another number of them. */
export async function climbs(leaf: Bytes, index: number, size: number, hashes: Bytes[]): Promise<Bytes | undefined> {
  if (index >= size) return undefined;
  const rest = [...hashes];
  let [node, last, current] = [index, size - 1, leaf];
  while (last > 0) {
    if (node % 2 === 1 || node < last) {
      const aside = rest.shift();
      if (!aside) return undefined;
      current = node % 2 === 1 ? await parent(aside, current) : await parent(current, aside);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return rest.length === 0 ? current : undefined;
}

const parent = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(joined(Uint8Array.of(1), left, right));
