// Keeps the agent's offline page, its script and style, and the kit; nothing else, and nothing of anybody. The network goes
// first, so that a device that is back has the newest forms; what was kept answers where there is none.

interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Waiting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  addEventListener(kind: 'install' | 'activate', act: (event: Waiting) => void): void;
  addEventListener(kind: 'fetch', act: (event: Fetching) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

const scope = self as unknown as Scope;
const STORE = 'agent-1';
const PAGE = '/agent/offline';
const KIT = '/api/v1/agent/kit';

const isKept = (url: URL): boolean =>
  url.origin === location.origin && (url.pathname === PAGE || url.pathname === KIT || url.pathname.startsWith('/assets/') || url.pathname.startsWith('/favicon'));

/** The page with everything its head names, taken along while there is network. */
async function pack(): Promise<void> {
  const store = await caches.open(STORE);
  const page = await fetch(PAGE);
  if (!page.ok) return;
  await store.put(PAGE, page.clone());
  const named = [...(await page.text()).matchAll(/(?:src|href)="(\/(?:assets|favicon)[^"]*)"/g)].map((match) => match[1] ?? '');
  await Promise.all(named.map((address) => store.add(address).catch(() => undefined)));
}

async function answer(request: Request): Promise<Response> {
  const store = await caches.open(STORE);
  // The page is the same whatever is asked behind it.
  const key = new URL(request.url).pathname;
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await store.put(key, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await store.match(key);
    if (kept) return kept;
    throw error;
  }
}

scope.addEventListener('install', (event) => event.waitUntil(pack().then(() => scope.skipWaiting())));
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && isKept(new URL(request.url))) event.respondWith(answer(request));
});

export {};
