// Photographs of a record: taken or chosen at the site, kept encrypted with the time and the place the device says.

import { button, el, uuid } from '../device/el';
import { position } from './place';
import type { Draft, Kit, Photo } from './types';

export interface Album {
  w: (key: string) => string;
  say: (sentence: string) => void;
  limits: Kit | undefined;
  draft: () => Draft;
  add: (photo: Photo, bytes: ArrayBuffer) => Promise<void>;
  remove: (id: string) => Promise<void>;
}

const MB = 1 << 20;

/** The list of a record's photographs with the field that adds one. */
export function photographs(album: Album): HTMLElement {
  const { w } = album;
  const field = el('input', {
    class: 'input',
    id: 'f-photo',
    type: 'file',
    accept: 'image/jpeg,image/png',
    capture: 'environment',
    'aria-describedby': 'f-photo-hint',
  });
  const rows = el('ul', { class: 'plain', id: 'photos-kept' });
  const drawn = (): void => rows.replaceChildren(...album.draft().photos.map((photo) => row(album, photo, drawn)));
  field.addEventListener('change', () => void added(album, field).then(drawn));
  drawn();
  return el(
    'section',
    { 'aria-labelledby': 'photos' },
    el('h3', { id: 'photos' }, w('photos')),
    rows,
    el(
      'div',
      { class: 'field' },
      el('label', { class: 'field__label', for: 'f-photo' }, w('photo_add')),
      el('span', { class: 'hint', id: 'f-photo-hint' }, w('photo_hint')),
      field,
    ),
  );
}

function row(album: Album, photo: Photo, drawn: () => void): HTMLElement {
  const { w } = album;
  const away = button(w('remove'), 'btn--quiet btn--small', async () => {
    await album.remove(photo.id);
    drawn();
  });
  away.append(el('span', { class: 'sr' }, ` ${photo.name}`));
  const place = photo.latitude ? `${photo.latitude}, ${photo.longitude}` : w('no_place');
  const time = photo.taken_at ? local(photo.taken_at) : w('no_time');
  const size = photo.bytes < MB ? `${Math.ceil(photo.bytes / 1024)} KB` : `${(photo.bytes / MB).toFixed(1)} MB`;
  const said = [size, time, place, w(photo.is_sent ? 'photo_sent' : 'photo_waits')].join(' · ');
  const why = photo.why ? [el('br'), el('span', { class: 'small is-refer' }, photo.why)] : [];
  return el('li', { class: 'row' }, el('span', {}, photo.name, ' ', el('span', { class: 'small quiet' }, said), ...why), photo.is_sent ? '' : away);
}

const local = (at: string): string => new Date(at).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' }).slice(0, 16);

async function added(album: Album, field: HTMLInputElement): Promise<void> {
  const { w, say, limits } = album;
  const file = field.files?.[0];
  field.value = '';
  if (!file) return;
  const most = limits?.photo_bytes ?? 20 * MB;
  if (file.size > most) {
    const [size, bound] = [(file.size / MB).toFixed(0), (most / MB).toFixed(0)];
    return say(w('photo_large').replace('{a}', size).replace('{b}', bound));
  }
  if (album.draft().photos.length >= (limits?.photos ?? 30)) return say(w('photo_many'));
  const bytes = await file.arrayBuffer();
  const here = await position();
  const photo: Photo = {
    id: uuid(),
    name: file.name,
    bytes: file.size,
    kind: file.type,
    // The moment at which the camera, or whoever made the file, wrote it: nobody has verified it.
    taken_at: file.lastModified > 0 ? new Date(file.lastModified).toISOString() : '',
    latitude: here?.latitude ?? '',
    longitude: here?.longitude ?? '',
    is_sent: false,
    marks: [],
    why: '',
  };
  await album.add(photo, bytes);
  say(w('photo_kept'));
}
