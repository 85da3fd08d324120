// Is this licence genuine, and may it be used? Written apart from the server's own answer (crates/evidence, `answer`), from
// the same description; both are held to the same table of cases.
import { type Bytes, Refused, sha256 } from './bytes';
import { checkInBatch } from './batch';
import type { Core, Envelope } from './core';
import { isDemonstration } from './keys';
import { loggedAt } from './proof';
import { checkDetails, type Given, read } from './shown';
import type { Members } from './canonical';
import type { StatusList } from './status';
import { checkAuthority, type Entry, signerOf, SKEW_MS, type Trust } from './trust';

export type Colour = 'green' | 'yellow' | 'red';

export interface Reason {
  code: string;
  colour: Colour;
  detail: string;
}

export interface Answer {
  colour: Colour;
  reasons: Reason[];
  /** Only where the signature holds: nobody shall read a forgery as a licence. */
  core?: Core;
  details?: Members;
  issuer?: string;
}

export interface Reader {
  trust: Trust;
  /** The list held, or why there is none: a code, or nothing where none was fetched yet. */
  status: StatusList | { refused: string } | undefined;
  proof?: string;
  now: number;
  ownHosts: string[];
}

const DAY_MS = 86_400_000;
const COLOURS: Colour[] = ['green', 'yellow', 'red'];

export async function judge(reader: Reader, given: Given): Promise<Answer> {
  const reasons: Reason[] = [];
  const add = (colour: Colour, code: string, detail = ''): void => void reasons.push({ code, colour, detail });
  try {
    const believed = await believe(reader, given, add);
    dates(believed.core, believed.at, add);
    state(reader, believed.core, believed.issuer, believed.at, add);
    const worst = Math.max(...reasons.map((reason) => COLOURS.indexOf(reason.colour)));
    const { core, details, issuer } = believed;
    return { colour: COLOURS[worst]!, reasons, core, issuer, ...(details ? { details } : {}) };
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    // An old browser that lacks an algorithm cannot say no.
    const colour = refused.code === 'algorithm_missing' ? 'yellow' : 'red';
    add(colour, refused.code);
    return { colour, reasons };
  }
}

type Add = (colour: Colour, code: string, detail?: string) => void;

async function believe(reader: Reader, given: Given, add: Add): Promise<{ core: Core; issuer: string; at: number; details?: Members }> {
  const shown = read(given);
  const { core, text } = shown.envelope;
  if (shown.host !== undefined && !reader.ownHosts.includes(shown.host)) add('green', 'foreign_host', shown.host);
  const logged = await proven(reader, core, text, add);
  const at = time(reader, add);
  const entry: Entry = await vouches(reader.trust, shown.envelope);
  checkAuthority(entry, core.scope, core.issuedAt, at, logged);
  await checkDetails(shown);
  add('green', 'signature_holds', entry.issuer);
  if (entry.revokedAt !== undefined) add('green', 'key_revoked_later');
  if (isDemonstration(entry.key.name)) add('green', 'demonstration');
  return { core, issuer: entry.issuer, at, ...(shown.details ? { details: shown.details } : {}) };
}

// A signature of its own, or that of the batch it is in.
async function vouches(trust: Trust, { core, text, vouched }: Envelope): Promise<Entry> {
  if (vouched instanceof Uint8Array) return signerOf(trust, core.key, text, vouched);
  const entry = await signerOf(trust, vouched.key, vouched.text, vouched.signature);
  await checkInBatch(vouched, core, text);
  return entry;
}

async function proven(reader: Reader, core: Core, text: Bytes, add: Add): Promise<number | undefined> {
  if (reader.proof === undefined) return undefined;
  const keys = reader.trust.logs.get(core.log);
  if (!keys) {
    add('yellow', 'log_unknown', core.log);
    return undefined;
  }
  const logged = await loggedAt(reader.proof, core.log, keys, await sha256(text));
  add('green', 'in_log', iso(logged));
  return logged;
}

// The reader's time, but never before what is signed was made: a clock put back would make every old list fresh again.
function time(reader: Reader, add: Add): number {
  const list = listOf(reader);
  const floor = Math.max(reader.trust.issuedAt, list?.issuedAt ?? 0);
  if (floor > reader.now + SKEW_MS) add('yellow', 'clock_behind', iso(floor));
  const at = Math.max(reader.now, floor);
  if (at >= reader.trust.nextUpdate) add('yellow', 'trust_stale', iso(reader.trust.nextUpdate));
  return at;
}

const listOf = (reader: Reader): StatusList | undefined => (reader.status && 'marks' in reader.status ? reader.status : undefined);

// Days are China's: they begin at four in the afternoon of Greenwich.
function dates(core: Core, at: number, add: Add): void {
  const today = Math.floor((at + DAY_MS / 3) / DAY_MS);
  if (today < core.from) add('red', 'not_yet', date(core.from));
  else if (core.to !== undefined && today > core.to) add('red', 'expired', date(core.to));
  else if (core.to !== undefined) add('green', 'in_its_days', date(core.to));
  else add('green', 'without_end');
}

function state(reader: Reader, core: Core, issuer: string, at: number, add: Add): void {
  if (!reader.status) return add('yellow', 'status_missing');
  if ('refused' in reader.status) return add('yellow', 'status_refused', reader.status.refused);
  const list = reader.status;
  if (list.log !== core.log || list.list !== core.list || list.issuer !== issuer) {
    return add('yellow', 'status_other_list', `${list.log}#${list.list}`);
  }
  if (core.index >= list.size) return add('red', 'status_outside', String(core.index));
  const mark = list.marks.get(core.index);
  if (mark) return add('red', `mark_${mark}`, iso(list.issuedAt));
  if (at >= list.nextUpdate) return add('yellow', 'status_stale', iso(list.nextUpdate));
  add('green', 'not_marked', iso(list.issuedAt));
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Days since 1970-01-01 as the date people write. */
export const date = (days: number): string => iso(days * DAY_MS).slice(0, 10);
