// A licence out of a batch: its core is a leaf of a tree whose head is signed once for all of them.
import { type Bytes, fromBase64, joined, number, refuse, same, sha256, utf8 } from './bytes';
import { type Members, text } from './canonical';
import { Fields } from './cbor';
import { type Core, CORE_LABEL, readCore, split } from './core';
import { climbs } from './proof';

const LABEL = 'budayang/licence-batch@v1\n';
const LONGEST_HEAD = 512;
const LONGEST_CORE = 1024;
const MOST = 1024;
const HASH = 32;

export interface Batch {
  key: number;
  /** What is signed: the label and the head. */
  text: Bytes;
  signature: Bytes;
  log: string;
  issuedAt: number;
  size: number;
  root: Bytes;
  index: number;
  path: Bytes[];
}

/** The core of the file, its fingerprint's bytes, and what vouches for them. */
export function readInBatch({ batch, core, index, path, ...unknown }: Members): { core: Core; text: Bytes; batch: Batch } {
  if (Object.keys(unknown).length > 0) refuse('shape');
  const [head, bytes, hashes] = [batch, core, path].map((value) => fromBase64(text(value, 'shape'), 'shape')) as [Bytes, Bytes, Bytes];
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index > 0xffffffff) refuse('shape');
  if (hashes.length % HASH !== 0) refuse('shape');
  if (bytes.length > LONGEST_CORE) refuse('too_long');
  const steps = Array.from({ length: hashes.length / HASH }, (_, i) => hashes.slice(i * HASH, (i + 1) * HASH));
  const read = { ...readHead(head), index: index as number, path: steps };
  return { core: readCore(bytes), text: joined(utf8(CORE_LABEL), bytes), batch: read };
}

function readHead(bytes: Bytes): Omit<Batch, 'index' | 'path'> {
  const [body, signature] = split(bytes, LONGEST_HEAD);
  const fields = new Fields(body);
  if (fields.required(0, (f) => f.whole()) !== 1) refuse('bad_field');
  const head = {
    key: Number(number(fields.required(1, (f) => f.exactly(4)))),
    log: fields.required(2, (f) => f.text()),
    issuedAt: fields.required(3, (f) => f.small()) * 1000,
    size: fields.required(4, (f) => f.small()),
    root: fields.required(5, (f) => f.exactly(HASH)),
  };
  fields.end();
  if (head.size < 1 || head.size > MOST) refuse('bad_field');
  return { ...head, text: joined(utf8(LABEL), body), signature };
}

/** Whether the core is one of the batch's; the signature of the head is checked apart. */
export async function checkInBatch(batch: Batch, core: Core, signed: Bytes): Promise<void> {
  if (batch.key !== core.key || batch.log !== core.log || batch.issuedAt !== core.issuedAt) refuse('other_batch');
  const leaf = await sha256(joined(Uint8Array.of(0), signed));
  const top = await climbs(leaf, batch.index, batch.size, batch.path);
  if (top === undefined || !same(top, batch.root)) refuse('not_in_batch');
}
