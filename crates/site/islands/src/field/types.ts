// What the kit and the sync say, as the API describes it (`/api/openapi.json`, tag `supervision`), and a record as it lies on the
// device.

export interface Line {
  id: string;
  sentence: string;
  basis: string;
}

export interface Visit {
  number: string;
  version: number;
  item: string;
  holder: string;
  region: string;
  planned_on: string;
  visit: string;
  is_recheck: boolean;
  list: string;
  lines: Line[];
}

export interface Kit {
  made_at: string;
  officer: string;
  photo_bytes: number;
  photos: number;
  visits: Visit[];
}

export interface Mistake {
  pointer: string;
  message: string;
}

/** The record that is there. */
export interface There {
  state: string;
  version: number;
  officer: string;
  recorded_at: string | null;
  results: Record<string, string>;
  notes: Record<string, string>;
}

export interface Synced {
  id: string;
  result: 'taken' | 'beside' | 'mend' | 'back' | 'later';
  is_new: boolean;
  clock_minutes: number;
  there: There | null;
  errors: Mistake[];
  why: string | null;
}

export interface Photo {
  id: string;
  name: string;
  bytes: number;
  kind: string;
  taken_at: string;
  latitude: string;
  longitude: string;
  is_sent: boolean;
  /** What the server found strange about it. */
  marks: string[];
  why: string;
}

/** What is written, as it is sent. */
export interface Written {
  results: Record<string, string>;
  notes: Record<string, string>;
  place: string;
  latitude: string;
  longitude: string;
  /** As the field shows it: `2026-11-23T21:40`, China's time by the device's clock. */
  seen_at: string;
  remark: string;
  signing: string;
  signer: string;
  mend_by: string;
}

export interface Draft extends Written {
  id: string;
  visit: Visit;
  saved_at: string;
  photos: Photo[];
  /** What came of the last sync; empty before. */
  result: '' | 'taken' | 'beside' | 'mend' | 'back';
  errors: Mistake[];
  why: string;
  clock_minutes: number;
  there: There | null;
}
