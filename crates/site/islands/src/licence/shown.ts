// What was shown: the address of a QR code or its digits, or a file.
import { readInBatch } from './batch';
import { type Bytes, fromBase64, joined, refuse, same, sha256, utf8 } from './bytes';
import { canonical, type Members, members, readCanonical, text } from './canonical';
import { type Envelope, readEnvelope } from './core';

const LONGEST_ADDRESS = 4096;
const GROUP = 7;
const DIGITS = [0, 3, 5, 8, 10, 13, 15, 17];
const FILE_KIND = 'budayang/licence@v2';
const BATCH_KIND = 'budayang/licence-in-batch@v1';
const DETAILS_LABEL = 'budayang/licence-details@v1\n';

export interface Shown {
  envelope: Envelope;
  details?: Members;
  host?: string;
}

export type Given = { text: string } | { file: Bytes } | { core: Bytes };

export function read(given: Given): Shown {
  if ('core' in given) return { envelope: readEnvelope(given.core) };
  return 'file' in given ? readFile(given.file) : readAddress(given.text);
}

function readAddress(address: string): Shown {
  if (utf8(address).length > LONGEST_ADDRESS) refuse('too_long');
  const hash = address.indexOf('#');
  const host = hostOf(hash < 0 ? '' : address.slice(0, hash));
  const envelope = readEnvelope(bytesOf(address.slice(hash + 1)));
  return host === '' ? { envelope } : { envelope, host };
}

// Behind the last @, in lower case, with its port, as a browser would understand it.
function hostOf(page: string): string {
  const rest = page.toLowerCase().replace(/^https?:\/\//, '');
  return rest.split(/[/\\?]/)[0]!.split('@').pop()!;
}

// Seven bytes are seventeen digits.
function bytesOf(digits: string): Bytes {
  if (!/^[0-9]+$/.test(digits)) refuse('not_digits');
  const bytes: number[] = [];
  for (let at = 0; at < digits.length; at += DIGITS[GROUP]!) {
    const group = digits.slice(at, at + DIGITS[GROUP]!);
    const size = DIGITS.indexOf(group.length);
    let value = BigInt(group);
    if (size < 0 || value >> BigInt(8 * size) !== 0n) refuse('not_digits');
    const own: number[] = [];
    for (let i = 0; i < size; i += 1, value >>= 8n) own.unshift(Number(value & 0xffn));
    bytes.push(...own);
  }
  return Uint8Array.from(bytes);
}

function readFile(file: Bytes): Shown {
  const { details, typ, ...rest } = members(readCanonical(file), 'shape');
  if (typ === BATCH_KIND) {
    const { batch, core, text: signed } = readInBatch(rest);
    return { envelope: { core, text: signed, vouched: batch }, details: members(details, 'shape') };
  }
  const { core, ...unknown } = rest;
  if (typ !== FILE_KIND || Object.keys(unknown).length > 0) refuse('shape');
  const signed = fromBase64(text(core, 'shape'), 'shape');
  const held = members(details, 'shape');
  return { envelope: readEnvelope(signed), details: held };
}

/** Whether the details of a file are those the core vouches for. */
export async function checkDetails(shown: Shown): Promise<void> {
  if (!shown.details) return;
  const vouched = shown.envelope.core.details ?? refuse('details_altered');
  const hash = await sha256(joined(utf8(DETAILS_LABEL), utf8(canonical(shown.details))));
  if (!same(vouched, hash.slice(0, 16))) refuse('details_altered');
}
