// Where records and photographs lie on an inspector's device: encrypted, each by itself, under a key that the server made for this
// device and hands to the signed-in session of its owner.
//
// The key lives in the memory of the page, where no script can take it out again. For places without network it lies on the device
// wrapped: under a key that PBKDF2 (SHA-256, 600,000 rounds, a salt of 16 bytes) makes of a passphrase. A forgotten passphrase
// costs nothing, for the server hands the key out again; a device that was said to be lost gets no key any more, and what lies
// there is good for nobody.

import { derived, seal, sealBytes, Shelf, unseal, unsealBytes, type Sealed } from '../device/sealed';

const shelf = new Shelf('field', ['lock', 'kit', 'drafts', 'photos']);
const ROUNDS = 600_000;

/** What is known of this device without any key. */
export interface Lock {
  id: 'lock';
  /** The id under which the server knows it. */
  device: string;
  salt: Uint8Array<ArrayBuffer>;
  rounds: number;
  /** The key, wrapped; none before a passphrase was chosen, and once the device is lost. */
  key: Sealed | undefined;
  is_lost: boolean;
}

export function lock(): Promise<Lock | undefined> {
  return shelf.use<Lock | undefined>('lock', 'readonly', (of) => of.get('lock'));
}

/** Remembers by which id the server knows this device. */
export async function call(device: string): Promise<Lock> {
  const made: Lock = { id: 'lock', device, salt: new Uint8Array(16), rounds: ROUNDS, key: undefined, is_lost: false };
  await shelf.use('lock', 'readwrite', (of) => of.put(made));
  return made;
}

/** The device is lost: what wrapped its key is thrown away. */
export async function lose(known: Lock): Promise<void> {
  await shelf.use('lock', 'readwrite', (of) => of.put({ ...known, key: undefined, is_lost: true }));
}

/** Forgets everything on this device. */
export async function clear(): Promise<void> {
  for (const store of ['photos', 'drafts', 'kit', 'lock']) await shelf.use(store, 'readwrite', (of) => of.clear());
}

const imported = (raw: BufferSource): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** The things of a device, as long as its key is in memory. */
export class Vault {
  private constructor(
    readonly device: string,
    private readonly key: CryptoKey,
  ) {}

  /** By the key that the server handed out. */
  static async of(device: string, raw: Uint8Array<ArrayBuffer>): Promise<Vault> {
    return new Vault(device, await imported(raw));
  }

  /** The same, and wraps the key for places without network. */
  static async choose(device: string, raw: Uint8Array<ArrayBuffer>, passphrase: string): Promise<Vault> {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const key = await sealBytes(await derived(passphrase, salt, ROUNDS), device, raw);
    const made: Lock = { id: 'lock', device, salt, rounds: ROUNDS, key, is_lost: false };
    await shelf.use('lock', 'readwrite', (of) => of.put(made));
    return Vault.of(device, raw);
  }

  /** By the passphrase; none: it is wrong. */
  static async open(known: Lock, passphrase: string): Promise<Vault | undefined> {
    if (!known.key) return undefined;
    try {
      const raw = await unsealBytes(await derived(passphrase, known.salt, known.rounds), known.key);
      return new Vault(known.device, await imported(raw));
    } catch {
      return undefined;
    }
  }

  async all<T>(store: 'drafts'): Promise<T[]> {
    const sealed = await shelf.use<Sealed[]>(store, 'readonly', (of) => of.getAll());
    return Promise.all(sealed.map((one) => unseal<T>(this.key, one)));
  }

  async get<T>(store: 'kit', id: string): Promise<T | undefined> {
    const sealed = await shelf.use<Sealed | undefined>(store, 'readonly', (of) => of.get(id));
    return sealed && unseal<T>(this.key, sealed);
  }

  async put(store: 'kit' | 'drafts', id: string, value: unknown): Promise<void> {
    const sealed = await seal(this.key, id, value);
    await shelf.use(store, 'readwrite', (of) => of.put(sealed));
  }

  async keepPhoto(id: string, bytes: ArrayBuffer): Promise<void> {
    const sealed = await sealBytes(this.key, id, bytes);
    await shelf.use('photos', 'readwrite', (of) => of.put(sealed));
  }

  async photo(id: string): Promise<ArrayBuffer | undefined> {
    const sealed = await shelf.use<Sealed | undefined>('photos', 'readonly', (of) => of.get(id));
    return sealed && unsealBytes(this.key, sealed);
  }

  async remove(store: 'drafts' | 'photos', id: string): Promise<void> {
    await shelf.use(store, 'readwrite', (of) => of.delete(id));
  }
}
