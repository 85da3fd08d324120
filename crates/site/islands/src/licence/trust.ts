// The trust list: which key may sign for whom, over what and when. It is a sealed document, signed by a root key; whoever
// holds one takes the next only from a root the last one named, and never one with a lower number.
import { type Bytes, fromBase64, refuse, Refused, utf8 } from './bytes';
import { canonical, type Json, members, moment, readCanonical, text } from './canonical';
import { ascii, isScope } from './core';
import { isDemonstration, type Key, keyId, readKey, verify } from './keys';

const KIND = 'budayang/trust-list@v1';
const SEAL_LABEL = 'budayang/seal@v1\n';
const ROOT = 'trust';
export const SKEW_MS = 5 * 60 * 1000;

export interface Entry {
  key: Key;
  issuer: string;
  scopes: string[];
  validFrom: number;
  validTo: number;
  revokedAt: number | undefined;
}

export interface Trust {
  /** Whether keys of a demonstration count here. */
  demonstration: boolean;
  sequence: number;
  issuedAt: number;
  nextUpdate: number;
  entries: Entry[];
  roots: Key[];
  logs: Map<string, Key[]>;
  /** What two lists of one number must have in common. */
  content: string;
}

/** What a verifier is born with, or the list it holds. */
export type Anchor = Pick<Trust, 'demonstration' | 'roots'> & Partial<Pick<Trust, 'sequence' | 'content'>>;

export async function takeTrust(anchor: Anchor, document: string, now: number): Promise<Trust> {
  const { payload, issuedAt } = await openSealed(anchor, utf8(document), now);
  const trust = await readTrust(anchor.demonstration, payload, issuedAt);
  const held = anchor.sequence ?? 0;
  if (trust.sequence < held) refuse('trust_rollback');
  if (trust.sequence === held && anchor.content !== undefined && anchor.content !== trust.content) refuse('trust_fork');
  return trust;
}

async function openSealed(anchor: Anchor, bytes: Bytes, now: number): Promise<{ payload: Json; issuedAt: number }> {
  const { sig, ...signed } = members(readCanonical(bytes), 'shape');
  const names = Object.keys(signed).sort().join();
  if (names !== 'alg,iat,iss,kid,payload,scope,typ') refuse('shape');
  const root = anchor.roots.find((key) => keyId(key) === signed['kid']) ?? refuse('unknown_key');
  if (signed['alg'] !== root.algorithm) refuse('other_algorithm');
  if (!anchor.demonstration && isDemonstration(root.name)) refuse('demonstration_key');
  await verify(root, utf8(SEAL_LABEL + canonical(signed)), fromBase64(text(sig, 'shape'), 'signature_text'));
  if (signed['typ'] !== KIND) refuse('other_kind');
  if (signed['iss'] !== ROOT) refuse('other_issuer');
  if (signed['scope'] !== ROOT) refuse('out_of_scope');
  const issuedAt = moment(signed['iat'], 'shape');
  if (issuedAt > now + SKEW_MS) refuse('not_yet_valid');
  return { payload: signed['payload']!, issuedAt };
}

async function readTrust(demonstration: boolean, payload: Json, issuedAt: number): Promise<Trust> {
  const shape = 'trust_shape';
  const { list, logs, next_update, roots, ...unknown } = members(payload, shape);
  if (Object.keys(unknown).length > 0) refuse(shape);
  const { entries, sequence } = members(list, shape);
  const nextUpdate = moment(next_update, shape);
  const trust: Trust = {
    demonstration,
    sequence: typeof sequence === 'number' && Number.isSafeInteger(sequence) ? sequence : refuse(shape),
    issuedAt,
    nextUpdate: nextUpdate > issuedAt ? nextUpdate : refuse(shape),
    entries: await Promise.all(array(entries).map(readEntry)),
    roots: await readKeys(roots),
    logs: new Map(),
    content: `${issuedAt} ${canonical(payload)}`,
  };
  for (const log of array(logs)) {
    const { keys, origin } = members(log, shape);
    trust.logs.set(text(origin, shape), await readKeys(keys));
  }
  return trust.roots.length > 0 ? trust : refuse(shape);
}

async function readEntry(value: Json): Promise<Entry> {
  const shape = 'trust_shape';
  const { issuer, key, scopes, valid_from, valid_to, revoked_at, ...unknown } = members(value, shape);
  if (Object.keys(unknown).length > 0) refuse(shape);
  return {
    key: await readKey(text(key, shape)),
    issuer: text(issuer, shape),
    scopes: array(scopes).map((scope) => text(scope, shape)),
    validFrom: moment(valid_from, shape),
    validTo: moment(valid_to, shape),
    revokedAt: revoked_at === undefined ? undefined : moment(revoked_at, shape),
  };
}

const array = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : refuse('trust_shape'));

const readKeys = (value: Json | undefined): Promise<Key[]> => Promise.all(array(value).map((key) => readKey(text(key, 'trust_shape'))));

/** The entry whose key signed a compact document: of those with this number, the one whose signature holds. */
export async function signerOf(trust: Trust, number: number, signed: Bytes, signature: Bytes): Promise<Entry> {
  let code = 'unknown_key';
  for (const entry of trust.entries.filter((other) => other.key.hash === number)) {
    try {
      await verify(entry.key, signed, signature);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      code = refused.code;
      continue;
    }
    if (trust.demonstration || !isDemonstration(entry.key.name)) return entry;
    code = 'demonstration_key';
  }
  return refuse(code);
}

/** Whether the key may sign for this scope at that time; `loggedAt` is when the log proves the document to have been there. */
export function checkAuthority(entry: Entry, scope: string, issuedAt: number, now: number, loggedAt?: number): void {
  const below = (own: string): boolean => scope === own || scope.startsWith(`${own}/`);
  if (!ascii(scope, 200) || !isScope(scope) || !entry.scopes.some(below)) refuse('out_of_scope');
  if (issuedAt > now + SKEW_MS) refuse('not_yet_valid');
  if (issuedAt < entry.validFrom) refuse('key_not_yet_valid');
  if (issuedAt >= entry.validTo) refuse('key_expired');
  const proven = loggedAt !== undefined && entry.revokedAt !== undefined && loggedAt < entry.revokedAt;
  if (entry.revokedAt !== undefined && !proven) refuse('key_revoked');
}
