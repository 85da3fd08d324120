// Where drafts lie on a device: encrypted, each by itself, under a key that is derived from a passphrase and never leaves memory.
//
// A passphrase and not the session: the page must open where there is no network and no session, a device that is lost or
// lent must tell nothing, and the server must not be able to read what was not sent to it. The price: a passphrase that is
// forgotten takes with it what was not yet synced, and the page says so before it is chosen.
//
// PBKDF2 over SHA-256, 600,000 rounds, a salt of 16 bytes; AES-GCM with 256 bits and a fresh nonce for each write, bound to the
// draft's id, so that no record can be laid in another's place. The key is not extractable.

const NAME = 'agent';
const ROUNDS = 600_000;

/** What is kept: the sealed bytes and the nonce. */
interface Sealed {
  id: string;
  nonce: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

interface Lock {
  id: 'lock';
  salt: Uint8Array<ArrayBuffer>;
  rounds: number;
  proof: Sealed;
}

function open(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('lock', { keyPath: 'id' });
      asked.result.createObjectStore('drafts', { keyPath: 'id' });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

async function use<T>(store: string, mode: IDBTransactionMode, act: (of: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((done, failed) => {
      const work = database.transaction(store, mode);
      const asked = act(work.objectStore(store));
      // Done when it is on the disk, not when it was asked for.
      work.oncomplete = () => done(asked.result);
      work.onabort = () => failed(work.error);
    });
  } finally {
    database.close();
  }
}

async function derived(passphrase: string, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<CryptoKey> {
  const raw = new TextEncoder().encode(passphrase.normalize('NFC'));
  const base = await crypto.subtle.importKey('raw', raw, 'PBKDF2', false, ['deriveKey']);
  const terms = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds };
  return crypto.subtle.deriveKey(terms, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

async function seal(key: CryptoKey, id: string, value: unknown): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const additionalData = new TextEncoder().encode(id);
  return { id, nonce, bytes: await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, plain) };
}

async function unseal<T>(key: CryptoKey, sealed: Sealed): Promise<T> {
  const additionalData = new TextEncoder().encode(sealed.id);
  const terms = { name: 'AES-GCM', iv: sealed.nonce, additionalData };
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(terms, key, sealed.bytes))) as T;
}

/** True where a passphrase was chosen on this device. */
export async function isLocked(): Promise<boolean> {
  return (await use<Lock | undefined>('lock', 'readonly', (of) => of.get('lock'))) !== undefined;
}

/** The drafts of a device, as long as it is unlocked. */
export class Vault {
  private constructor(private readonly key: CryptoKey) {}

  /** Chooses a passphrase, the first time on this device. */
  static async choose(passphrase: string): Promise<Vault> {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const key = await derived(passphrase, salt, ROUNDS);
    const lock: Lock = { id: 'lock', salt, rounds: ROUNDS, proof: await seal(key, 'lock', 'budayang') };
    await use('lock', 'readwrite', (of) => of.add(lock));
    return new Vault(key);
  }

  /** Opens it; none: the passphrase is wrong. */
  static async open(passphrase: string): Promise<Vault | undefined> {
    const lock = await use<Lock | undefined>('lock', 'readonly', (of) => of.get('lock'));
    if (!lock) return undefined;
    const key = await derived(passphrase, lock.salt, lock.rounds);
    try {
      await unseal<string>(key, lock.proof);
    } catch {
      return undefined;
    }
    return new Vault(key);
  }

  async all<T>(): Promise<T[]> {
    const sealed = await use<Sealed[]>('drafts', 'readonly', (of) => of.getAll());
    return Promise.all(sealed.map((one) => unseal<T>(this.key, one)));
  }

  async put(id: string, value: unknown): Promise<void> {
    const sealed = await seal(this.key, id, value);
    await use('drafts', 'readwrite', (of) => of.put(sealed));
  }

  async remove(id: string): Promise<void> {
    await use('drafts', 'readwrite', (of) => of.delete(id));
  }
}

/** Forgets passphrase and drafts: what was not synced is gone. */
export async function forget(): Promise<void> {
  await use('drafts', 'readwrite', (of) => of.clear());
  await use('lock', 'readwrite', (of) => of.clear());
}
