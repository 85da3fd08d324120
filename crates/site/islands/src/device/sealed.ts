// What both pages for devices without network keep things by: a database of the browser, and sealed bytes in it.
//
// AES-GCM with 256 bits and a fresh nonce for each write, bound to the record's id, so that no record can be laid in another's
// place. A key that a passphrase makes comes by PBKDF2 over SHA-256. No key is extractable.

/** What is kept: the sealed bytes and the nonce. */
export interface Sealed {
  id: string;
  nonce: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

/** A database of the browser with stores of records that have an `id`. */
export class Shelf {
  constructor(
    private readonly name: string,
    private readonly stores: string[],
  ) {}

  private open(): Promise<IDBDatabase> {
    return new Promise((done, failed) => {
      const asked = indexedDB.open(this.name, 1);
      asked.onupgradeneeded = () => {
        for (const store of this.stores) asked.result.createObjectStore(store, { keyPath: 'id' });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  }

  async use<T>(store: string, mode: IDBTransactionMode, act: (of: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const database = await this.open();
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
}

/** The key that a passphrase makes. */
export async function derived(passphrase: string, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<CryptoKey> {
  const raw = new TextEncoder().encode(passphrase.normalize('NFC'));
  const base = await crypto.subtle.importKey('raw', raw, 'PBKDF2', false, ['deriveKey']);
  const terms = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds };
  return crypto.subtle.deriveKey(terms, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

export async function sealBytes(key: CryptoKey, id: string, plain: BufferSource): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(id);
  return { id, nonce, bytes: await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, plain) };
}

export async function unsealBytes(key: CryptoKey, sealed: Sealed): Promise<ArrayBuffer> {
  const additionalData = new TextEncoder().encode(sealed.id);
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.nonce, additionalData }, key, sealed.bytes);
}

export function seal(key: CryptoKey, id: string, value: unknown): Promise<Sealed> {
  return sealBytes(key, id, new TextEncoder().encode(JSON.stringify(value)));
}

export async function unseal<T>(key: CryptoKey, sealed: Sealed): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await unsealBytes(key, sealed))) as T;
}
