// The second implementation of docs/draw.md: verifies a published draw in the reader's own browser. Nothing is sent.
import { fromHex, hex, join, sha256, utf8, type Bytes } from './bytes';
import { canonical, hasOnly, isCount, isMembers, isTexts, parse, readJson, type Json, type Members } from './json';
import { chanceOf, checkOrder, draw, inOrder, isToken, rollHash, type Pair, type Roll, type Target } from './law';
import { checkInclusion, checkSignatures, isName, isOf, leafHash, readCheckpoint, readKey, readProof, Wrong, type Key } from './log';

const METHOD = 'budayang/draw@v1';
export const MAX_BYTES = 2 ** 27;

export interface Trusted {
  log: string[];
  witnesses: string[];
}

export interface Row extends Pair {
  class: string;
  weight: number;
  /** Numerator and denominator. */
  chance: [number, number];
}

export interface Holds {
  valid: true;
  agency: string;
  number: number;
  origin: string;
  index: string;
  leaf: string;
  seed: string;
  targets: number;
  officers: number;
  bars: number;
  take: number;
  witnesses: string[];
  rows: Row[];
}

export interface DoesNot {
  valid: false;
  code: string;
  detail: string;
}

interface Announcement {
  agency: string;
  number: number;
  origin: string;
  log: Key[];
  witnesses: Key[];
  commitment: string;
  roll: string;
  targets: number;
  officers: number;
  take: number;
  each: number;
}

interface DrawFile {
  announcement: string;
  proof: string;
  roll: Roll;
  secret: string;
  pairs: Pair[];
}

/** What is asked of the file's bytes; never throws. */
export function verifyFile(bytes: Bytes, trusted: Trusted = { log: [], witnesses: [] }): Holds | DoesNot {
  try {
    return check(readFile(bytes), trusted);
  } catch (error) {
    if (error instanceof Wrong) return { valid: false, code: error.code, detail: error.detail };
    throw error;
  }
}

function readFile(bytes: Bytes): DrawFile {
  if (bytes.length > MAX_BYTES) throw new Wrong('too_long');
  const file = readJson(bytes);
  if (!hasOnly(file, ['announcement', 'format', 'pairs', 'proof', 'roll', 'secret'])) throw new Wrong('shape');
  const { announcement, format, pairs, proof, roll, secret } = file;
  const texts = typeof announcement === 'string' && typeof format === 'string' && typeof proof === 'string' && typeof secret === 'string';
  if (!texts || !Array.isArray(pairs) || !pairs.every(isPair) || !isRoll(roll)) throw new Wrong('shape');
  if (format !== METHOD) throw new Wrong('other_method', format);
  // The shapes were just looked at, member by member.
  return { announcement, proof, secret, roll: roll as unknown as Roll, pairs: pairs as unknown as Pair[] };
}

const isPair = (value: Json): boolean => hasOnly(value, ['officers', 'target']) && isTexts(value['officers']) && typeof value['target'] === 'string';

const isTarget = (value: Json): boolean =>
  hasOnly(value, ['class', 'id', 'weight']) && isTexts([value['class'] ?? null, value['id'] ?? null]) && isCount(value['weight']);

const isBar = (value: Json): boolean =>
  hasOnly(value, ['officer', 'target', 'why']) &&
  isTexts([value['officer'] ?? null, value['target'] ?? null]) &&
  (value['why'] === 'recusal' || value['why'] === 'recent');

function isRoll(value: Json | undefined): boolean {
  if (!hasOnly(value, ['bars', 'officers', 'targets'])) return false;
  const { bars, officers, targets } = value;
  return isTexts(officers) && Array.isArray(bars) && bars.every(isBar) && Array.isArray(targets) && targets.every(isTarget);
}

function readAnnouncement(text: string): Announcement {
  const members = parse(text);
  if (canonical(members) !== text) throw new Wrong('not_canonical');
  if (!isMembers(members)) throw new Wrong('announcement_shape');
  const written = shaped(members);
  if (written.kind !== 'draw.announced' || written.method !== METHOD || written.schema !== 1) throw new Wrong('other_method', written.method);
  if (!isToken(written.agency)) throw new Wrong('announcement_shape', 'agency');
  if (written.number === 0 || (written.number === 1) !== (written.previous === null)) throw new Wrong('announcement_shape', 'previous');
  if (!isName(written.origin)) throw new Wrong('announcement_shape', 'origin');
  if (!isDay(written.closesOn)) throw new Wrong('announcement_shape', 'closes_on');
  return { ...written, log: keys(written.log, 'log'), witnesses: keys(written.witnesses, 'witnesses') };
}

function shaped(members: Members) {
  const bad = (name: string): never => {
    throw new Wrong('announcement_shape', name);
  };
  const text = (name: string): string => {
    const value = members[name];
    return typeof value === 'string' ? value : bad(name);
  };
  const count = (name: string): number => {
    const value = members[name];
    return isCount(value) ? value : bad(name);
  };
  const hash = (name: string): string => (fromHex(text(name)) ? text(name) : bad(name));
  const texts = (name: string): string[] => {
    const value = members[name];
    return isTexts(value) ? value : bad(name);
  };
  const previous = members['previous'] ?? null;
  return {
    agency: text('agency'),
    closesOn: text('closes_on'),
    commitment: hash('commitment'),
    each: count('each'),
    kind: text('kind'),
    log: texts('log'),
    method: text('method'),
    number: count('number'),
    officers: count('officers'),
    origin: text('origin'),
    previous: previous === null ? null : hash('previous'),
    roll: hash('roll'),
    schema: count('schema'),
    take: count('take'),
    targets: count('targets'),
    witnesses: texts('witnesses'),
  };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function keys(texts: string[], name: string): Key[] {
  const read = texts.map(readKey);
  const good = read.filter((key): key is Key => key !== null);
  const ids = new Set(good.map((key) => `${key.name}+${key.id}`));
  if (texts.length < 1 || texts.length > 16 || ids.size !== texts.length) throw new Wrong('announcement_shape', name);
  return good;
}

function check(file: DrawFile, trusted: Trusted): Holds {
  const announcement = readAnnouncement(file.announcement);
  checkTrusted(announcement.log, trusted.log, 'unknown_log_key');
  checkTrusted(announcement.witnesses, trusted.witnesses, 'unknown_witness');
  const leaf = leafHash(utf8(file.announcement));
  const { index, cosignatures } = checkLog(file.proof, announcement, leaf);
  const roll = checkRoll(file.roll, announcement);
  const secret = checkSecret(file.secret, announcement);
  const seed = sha256(join(utf8('budayang/draw-seed@v1\n'), leaf, secret, ...cosignatures));
  const { chances, pairs } = draw(roll, announcement.take, announcement.each, seed);
  checkPairs(pairs, file.pairs);
  const byId = new Map(roll.targets.map((target) => [target.id, target]));
  const row = (pair: Pair): Row => {
    const target = byId.get(pair.target) as Target;
    return { ...pair, class: target.class, weight: target.weight, chance: chanceOf(chances, target) };
  };
  const { agency, number, origin, targets, officers, take } = announcement;
  const witnesses = announcement.witnesses.map((key) => key.text);
  const rows = pairs.map(row);
  const bars = roll.bars.length;
  return { valid: true, agency, number, origin, index: String(index), leaf: hex(leaf), seed: hex(seed), targets, officers, bars, take, witnesses, rows };
}

function checkTrusted(named: Key[], known: string[], code: string): void {
  const stranger = named.find((key) => known.length > 0 && !known.includes(key.text));
  if (stranger) throw new Wrong(code, stranger.text);
}

function checkLog(text: string, announcement: Announcement, leaf: Bytes): { index: bigint; cosignatures: Bytes[] } {
  const proof = readProof(text);
  const checkpoint = readCheckpoint(proof.checkpoint);
  checkSignatures(checkpoint, [...announcement.log, ...announcement.witnesses]);
  if (checkpoint.origin !== announcement.origin) throw new Wrong('other_origin', checkpoint.origin);
  checkInclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root);
  if (checkpoint.size !== proof.index + 1n) throw new Wrong('not_last', `${proof.index} ${checkpoint.size}`);
  if (checkpoint.extensions.length > 0) throw new Wrong('extension');
  const linesOf = (key: Key) => checkpoint.signatures.filter((signature) => isOf(signature, key));
  if (!announcement.log.some((key) => linesOf(key).length > 0)) throw new Wrong('log_unsigned');
  const cosignatures = announcement.witnesses.map((witness) => {
    const [line, ...more] = linesOf(witness);
    if (!line) throw new Wrong('witness_missing', witness.text);
    if (more.length > 0) throw new Wrong('witness_twice', witness.text);
    return line.bytes;
  });
  return { index: proof.index, cosignatures };
}

function checkRoll(written: Roll, announcement: Announcement): Roll {
  const roll = inOrder(written);
  const sameSize = roll.targets.length === announcement.targets && roll.officers.length === announcement.officers;
  if (!sameSize || hex(rollHash(roll)) !== announcement.roll) throw new Wrong('other_roll', hex(rollHash(roll)));
  checkOrder(roll, announcement.take, announcement.each);
  return roll;
}

function checkSecret(text: string, announcement: Announcement): Bytes {
  const secret = fromHex(text);
  if (!secret) throw new Wrong('secret_text');
  const bound = utf8(`${METHOD}\n${announcement.agency}\n${announcement.number}\n`);
  const commitment = sha256(join(utf8('budayang/commitment@v1\n'), secret, bound));
  if (hex(commitment) !== announcement.commitment) throw new Wrong('other_secret');
  return secret;
}

function checkPairs(drawn: Pair[], written: Pair[]): void {
  for (let i = 0; i < Math.max(drawn.length, written.length); i++) {
    const [right, said] = [drawn[i], written[i]];
    if (said && !drawn.some((pair) => pair.target === said.target)) throw new Wrong('not_drawn', said.target);
    if (!right) throw new Wrong('not_drawn', said?.target ?? '');
    if (said?.target !== right.target) throw new Wrong('left_out', right.target);
    if (JSON.stringify(said.officers) !== JSON.stringify(right.officers)) throw new Wrong('other_officers', right.target);
  }
}
