// What is sent when the device is back: photographs one by one, then the records together. An answer that was lost is asked for
// again by the same ids, and nothing is taken twice.

import type { Draft, Photo, Synced } from './types';

const SYNC = '/api/v1/field/sync';
/** So many records go together. */
const MOST = 20;

export interface Kept {
  /** Keeps what is known of a record so far. */
  keep: (draft: Draft) => Promise<void>;
  /** The bytes of a photograph. */
  bytes: (id: string) => Promise<ArrayBuffer | undefined>;
}

/** Why nothing more can be sent now; the words of it have the same names. */
export type Stopped = 'no_network' | 'sign_in' | 'failed' | 'lost';

/** Sends records with their photographs; gives them as they stand afterwards. */
export async function send(device: string, waiting: Draft[], kept: Kept): Promise<Draft[] | Stopped> {
  try {
    const ready: Draft[] = [];
    for (const draft of waiting.slice(0, MOST)) {
      const sent = await withPhotos(device, draft, kept);
      if (typeof sent === 'string') return sent;
      ready.push(sent);
    }
    return await records(device, ready);
  } catch {
    return 'no_network';
  }
}

async function records(device: string, ready: Draft[]): Promise<Draft[] | Stopped> {
  const unanswered = ready.filter((draft) => draft.result !== 'taken' && draft.result !== 'beside');
  if (unanswered.length === 0) return ready;
  const body = JSON.stringify({ device, shown: new Date().toISOString(), drafts: unanswered.map(record) });
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const told = await fetch(SYNC, { method: 'POST', headers, body });
  if (!told.ok) return refusal(told);
  const answers = (await told.json()) as Synced[];
  return ready.map((draft) => answered(draft, answers.find((one) => one.id === draft.id)));
}

async function refusal(told: Response): Promise<Stopped> {
  if (told.status === 401) return 'sign_in';
  if (told.status !== 403) return 'failed';
  return ((await told.json()) as { code: string }).code === 'device_lost' ? 'lost' : 'failed';
}

function record(draft: Draft): unknown {
  const { id, results, notes, place, latitude, longitude, remark, signing, signer, mend_by } = draft;
  const seen = new Date(`${draft.seen_at}:00+08:00`);
  const seen_at = Number.isNaN(seen.getTime()) ? null : seen.toISOString();
  return { id, number: draft.visit.number, results, notes, place, latitude, longitude, seen_at, remark, signing, signer, mend_by };
}

function answered(draft: Draft, answer: Synced | undefined): Draft {
  if (!answer || answer.result === 'later') return { ...draft, why: answer?.why ?? '' };
  const { result, errors, clock_minutes, there } = answer;
  return { ...draft, result, errors, clock_minutes, there, why: answer.why ?? '' };
}

/** Sends the photographs that were not sent; each is noted as soon as it is there. */
async function withPhotos(device: string, draft: Draft, kept: Kept): Promise<Draft | Stopped> {
  let now = draft;
  for (const photo of draft.photos.filter((one) => !one.is_sent)) {
    const bytes = await kept.bytes(photo.id);
    if (!bytes) continue;
    const told = await fetch(`/api/v1/field/inspections/${encodeURIComponent(draft.visit.number)}/photos`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: form(device, photo, bytes),
    });
    const after = await photographed(photo, told);
    if (typeof after === 'string') return after;
    now = { ...now, photos: now.photos.map((one) => (one.id === photo.id ? after : one)) };
    await kept.keep(now);
  }
  return now;
}

function form(device: string, photo: Photo, bytes: ArrayBuffer): FormData {
  const sent = new FormData();
  const said = { device, id: photo.id, shown: new Date().toISOString(), taken_at: photo.taken_at, latitude: photo.latitude, longitude: photo.longitude };
  for (const [name, value] of Object.entries(said)) sent.set(name, value);
  sent.set('/photo/photo', new Blob([bytes], { type: photo.kind }), photo.name);
  return sent;
}

/** A photograph that is not taken stays on the device, and says why. */
async function photographed(photo: Photo, told: Response): Promise<Photo | Stopped> {
  if (told.ok) {
    const { marks } = (await told.json()) as { marks: string[] };
    return { ...photo, is_sent: true, marks, why: '' };
  }
  if (told.status === 401) return 'sign_in';
  if (told.status >= 500) return 'failed';
  const { code, detail, errors } = (await told.json()) as { code?: string; detail?: string; errors?: { message: string }[] };
  if (code === 'device_lost') return 'lost';
  return { ...photo, why: errors?.[0]?.message ?? detail ?? '' };
}
