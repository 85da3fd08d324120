// The verifier on the page: what stands behind the `#` of its address, a picture of a code, or the camera, checked here and
// sent to nobody. The lists are fetched when there is a network and kept; without one the kept ones count, until they are old.
import { base64, type Bytes, fromBase64, Refused } from './bytes';
import { type Answer, date, judge, type Reason } from './answer';
import { readKey } from './keys';
import { readPicture, watchCamera } from './scan';
import { checkFollows, openStatus, type StatusList } from './status';
import { type Anchor, takeTrust, type Trust } from './trust';

const KEPT_TRUST = 'budayang.trust';
const KEPT_STATUS = 'budayang.status';
const PATIENCE_MS = 8000;

export function startVerify(section: HTMLElement): void {
  section.hidden = false;
  const page = new Page(section);
  const picture = section.querySelector<HTMLInputElement>('[data-picture]');
  picture?.addEventListener('change', () => void page.picture(picture));
  void page.offerCamera();
  addEventListener('hashchange', () => void page.address());
  void page.address();
  void keepOffline();
}

class Page {
  private readonly words = new Map<string, string>();

  constructor(private readonly section: HTMLElement) {
    for (const term of this.all('[data-words] dt')) {
      this.words.set(term.textContent ?? '', term.nextElementSibling?.textContent ?? '');
    }
  }

  async address(): Promise<void> {
    if (location.hash.length > 1) await this.answer(`${location.origin}${location.pathname}${location.hash}`);
  }

  async picture(input: HTMLInputElement): Promise<void> {
    const file = input.files?.[0];
    if (!file) return;
    const text = await readPicture(file);
    this.one('[data-nothing]').hidden = text !== undefined;
    if (text !== undefined) await this.answer(text);
  }

  async offerCamera(): Promise<void> {
    const button = this.one<HTMLButtonElement>('[data-camera]');
    const video = this.one<HTMLVideoElement>('[data-video]');
    if (!('BarcodeDetector' in window) || !navigator.mediaDevices) return;
    button.hidden = false;
    button.addEventListener('click', () => void watchCamera(video).then((text) => (text ? this.answer(text) : undefined)));
  }

  private async answer(text: string): Promise<void> {
    const reader = await this.reader();
    if (!reader) return this.show({ colour: 'yellow', reasons: [{ code: 'trust_missing', colour: 'yellow', detail: '' }] });
    const host = this.section.dataset['host'] ?? location.host;
    this.show(await judge({ ...reader, now: Date.now(), ownHosts: [host, location.host] }, { text }));
  }

  private async reader(): Promise<{ trust: Trust; status: StatusList | { refused: string } | undefined } | undefined> {
    const root = await readKey(this.section.dataset['root'] ?? '');
    const born: Anchor = { demonstration: 'demonstration' in this.section.dataset, roots: [root] };
    const trust = await currentTrust(born);
    return trust && { trust, status: await currentStatus(trust) };
  }

  private show(answer: Answer): void {
    for (const band of this.all('[data-band]')) band.hidden = band.dataset['band'] !== answer.colour;
    this.lines(answer);
    const checks = this.one('[data-checks]');
    checks.hidden = false;
    checks.replaceChildren(...answer.reasons.map((reason) => this.check(reason)));
    this.section.querySelector<HTMLElement>(`[data-band="${answer.colour}"] h2`)?.focus();
  }

  private lines({ core }: Answer): void {
    const list = this.one('[data-lines]');
    list.hidden = core === undefined;
    if (!core) return list.replaceChildren();
    const lines: [string, string][] = [
      ['verify.name', core.name],
      ['open.holder', `${core.holder} ${core.holderCode}`],
      ['licence.number', core.code],
      ['verify.issuer', core.agency],
      ['verify.issued', inChina(new Date(core.issuedAt)).slice(0, 10)],
      ['verify.from', date(core.from)],
    ];
    if (core.to !== undefined) lines.push(['verify.to', date(core.to)]);
    list.replaceChildren(...lines.flatMap(([key, value]) => [element('dt', this.words.get(key) ?? key), element('dd', value)]));
  }

  private check(reason: Reason): HTMLElement {
    const item = element('li', '');
    item.className = 'check';
    const mark = this.section.querySelector<HTMLTemplateElement>(`template[data-mark="${reason.colour}"]`);
    if (mark) item.append(mark.content.cloneNode(true));
    const word = wordOf(reason.code);
    const text = element('span', (this.words.get(`answer.${word}`) ?? word).replace('{}', told(reason.detail)));
    if (word !== reason.code) {
      const code = element('span', ` ${reason.code}`);
      code.className = 'small quiet';
      text.append(code);
    }
    item.append(text);
    return item;
  }

  private one<T extends HTMLElement>(selector: string): T {
    return this.section.querySelector<T>(selector)!;
  }

  private all(selector: string): NodeListOf<HTMLElement> {
    return this.section.querySelectorAll<HTMLElement>(selector);
  }
}

function element(name: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

// Times as people here read them; days stay as they are.
function told(detail: string): string {
  const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(detail);
  return isTime ? inChina(new Date(detail)) : detail;
}

// 2026-11-30 20:52:14, in both languages: Sweden writes as ISO 8601 does.
function inChina(time: Date): string {
  return time.toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' });
}

// Refusals of one kind share one sentence, as on the server.
function wordOf(code: string): string {
  if (code === 'signature_holds') return code;
  if (code === 'out_of_scope' || code === 'other_issuer') return 'authority';
  if (/^(not_yet_valid|key_not_yet_valid|key_expired)$/.test(code)) return 'time';
  if (/^signature_|^not_in_batch$|^other_batch$/.test(code)) return 'signature';
  if (code === 'other_origin' || /^(proof_|note_|checkpoint_|not_a_proof)/.test(code)) return 'proof';
  const own = /^(in_|without_end|not_marked|foreign_host|key_revoked|demonstration|clock_|trust_|log_|status_|not_yet|expired|mark_|details_|unknown_key|algorithm_)/;
  return own.test(code) ? code : 'form';
}

// The page and what it loaded are kept by a worker, so that it opens without a network too.
async function keepOffline(): Promise<void> {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register('/verify-worker.js', { scope: '/v' });
    await import('jsqr');
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType('resource').map((entry) => new URL(entry.name));
    const own = loaded.filter((address) => address.origin === location.origin && address.pathname.startsWith('/assets/'));
    active?.postMessage({ keep: ['/verify', ...new Set(own.map((address) => address.pathname))] });
  } catch {
    // Without it the page needs a network; nothing else changes.
  }
}

async function fetched(address: string): Promise<Bytes | undefined> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const response = await fetch(address, { signal: patience.signal });
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
  } catch {
    return undefined; // no network: what is kept counts
  } finally {
    clearTimeout(timer);
  }
}

/** What is kept in the browser; nothing where it keeps nothing. */
function kept(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

async function currentTrust(born: Anchor): Promise<Trust | undefined> {
  const old = kept(KEPT_TRUST);
  const held = old === undefined ? undefined : await attempt(() => takeTrust(born, old, Infinity));
  const bytes = await fetched('/verify/trust');
  if (bytes) {
    const text = new TextDecoder().decode(bytes);
    const renewed = await attempt(() => takeTrust(held ?? born, text, Date.now()));
    if (renewed) {
      keep(KEPT_TRUST, text);
      return renewed;
    }
  }
  return held;
}

async function currentStatus(trust: Trust): Promise<StatusList | { refused: string } | undefined> {
  const old = kept(KEPT_STATUS);
  const held = old === undefined ? undefined : await attempt(() => openStatus(fromBase64(old, 'shape'), trust, Infinity));
  const bytes = await fetched('/verify/status');
  if (!bytes) return held;
  try {
    const list = await openStatus(bytes, trust, Date.now());
    if (held) checkFollows(list, held);
    keep(KEPT_STATUS, base64(bytes));
    return list;
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return held ?? { refused: refused.code };
  }
}

async function attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return undefined;
  }
}
