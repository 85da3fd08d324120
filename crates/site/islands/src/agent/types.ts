// What the kit and the sync say, as the API describes it (`/api/openapi.json`, tag `agent`), and a draft as it lies on the device.

export interface KitField {
  name: string;
  kind: string;
  label: string;
  hint: string;
  required: boolean;
  choices: { value: string; label: string }[];
  statement: string;
}

export interface KitItem {
  id: string;
  name: string;
  version: string;
  sections: { title: string; hint: string; fields: KitField[] }[];
}

export interface Kit {
  made_on: string;
  halls: string[];
  until: string;
  items: KitItem[];
  words: Record<string, string>;
}

export interface Mistake {
  pointer: string;
  code: string;
  message: string;
}

export interface Synced {
  id: string;
  result: 'filed' | 'mend' | 'back' | 'later';
  is_new: boolean;
  number: string | null;
  receipt_secret: string | null;
  state: string | null;
  errors: Mistake[];
  why: string | null;
}

export type Value = string | number | boolean;

export interface Draft {
  id: string;
  item: string;
  name: string;
  citizen_id: string;
  original_seen: boolean;
  authorised: boolean;
  paper: string;
  collected_on: string;
  form: Record<string, Value>;
  saved_at: string;
  /** What came back with the last sync. */
  errors: Mistake[];
  why: string;
  /** Number and secret, once there is a case. */
  number: string;
  secret: string;
}
