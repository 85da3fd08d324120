// Where drafts lie on a device: encrypted, each by itself, under a key that is derived from a passphrase and never leaves memory.
//
// A passphrase and not the session: the page must open where there is no network and no session, a device that is lost or
// lent must tell nothing, and the server must not be able to read what was not sent to it. The price: a passphrase that is
// forgotten takes with it what was not yet synced, and the page says so before it is chosen.
//
// PBKDF2 over SHA-256, 600,000 rounds, a salt of 16 bytes; AES-GCM with 256 bits and a fresh nonce for each write, bound to the
// draft's id, so that no record can be laid in another's place. The key is not extractable.

import { derived, seal, Shelf, unseal, type Sealed } from '../device/sealed';

const shelf = new Shelf('agent', ['lock', 'drafts']);
const ROUNDS = 600_000;

interface Lock {
  id: 'lock';
  salt: Uint8Array<ArrayBuffer>;
  rounds: number;
  proof: Sealed;
}

/** True where a passphrase was chosen on this device. */
export async function isLocked(): Promise<boolean> {
  return (await shelf.use<Lock | undefined>('lock', 'readonly', (of) => of.get('lock'))) !== undefined;
}

/** The drafts of a device, as long as it is unlocked. */
export class Vault {
  private constructor(private readonly key: CryptoKey) {}

  /** Chooses a passphrase, the first time on this device. */
  static async choose(passphrase: string): Promise<Vault> {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const key = await derived(passphrase, salt, ROUNDS);
    const lock: Lock = { id: 'lock', salt, rounds: ROUNDS, proof: await seal(key, 'lock', 'budayang') };
    await shelf.use('lock', 'readwrite', (of) => of.add(lock));
    return new Vault(key);
  }

  /** Opens it; none: the passphrase is wrong. */
  static async open(passphrase: string): Promise<Vault | undefined> {
    const lock = await shelf.use<Lock | undefined>('lock', 'readonly', (of) => of.get('lock'));
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
    const sealed = await shelf.use<Sealed[]>('drafts', 'readonly', (of) => of.getAll());
    return Promise.all(sealed.map((one) => unseal<T>(this.key, one)));
  }

  async put(id: string, value: unknown): Promise<void> {
    const sealed = await seal(this.key, id, value);
    await shelf.use('drafts', 'readwrite', (of) => of.put(sealed));
  }

  async remove(id: string): Promise<void> {
    await shelf.use('drafts', 'readwrite', (of) => of.delete(id));
  }
}

/** Forgets passphrase and drafts: what was not synced is gone. */
export async function forget(): Promise<void> {
  await shelf.use('drafts', 'readwrite', (of) => of.clear());
  await shelf.use('lock', 'readwrite', (of) => of.clear());
}
