// Keeps a page for devices without network, its script and style, and nothing of anybody. It is served below the folder of that
// page, and its scope says which page it is: `/agent/offline` (with the agent's kit, which names forms and a place) or
// `/field/offline`. The network goes first, so that a device that is back has the newest page; what was kept answers where there
// is none.

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
  readonly registration: { readonly scope: string };
}

const scope = self as unknown as Scope;
const HOME = new URL(scope.registration.scope).pathname;
const STORE = `${HOME.replace(/\//g, '')}-1`;
const PAGE = `${HOME}offline`;
/** Besides the page, its script and style. */
const MORE = HOME === '/agent/' ? ['/api/v1/agent/kit'] : [];

const isKept = (url: URL): boolean =>
  url.origin === location.origin && (url.pathname === PAGE || MORE.includes(url.pathname) || url.pathname.startsWith('/assets/') || url.pathname.startsWith('/favicon'));

/** The page with everything its head names and their scripts import, taken along while there is network. */
async function pack(): Promise<void> {
  const store = await caches.open(STORE);
  const page = await fetch(PAGE);
  if (!page.ok) return;
  await store.put(PAGE, page.clone());
  const text = await page.text();
  let named = [...text.matchAll(/(?:src|href)="(\/(?:assets|favicon)[^"]*)"/g)].map((match) => match[1] ?? '');
  const known = new Set<string>();
  while (named.length > 0) {
    for (const address of named) known.add(address);
    const found = await Promise.all(named.map((address) => kept(store, address).catch(() => [])));
    named = [...new Set(found.flat())].filter((address) => !known.has(address));
  }
}

/** Keeps one file; gives what it needs from beside it before it runs. */
async function kept(store: Cache, address: string): Promise<string[]> {
  const file = await fetch(address);
  if (!file.ok) return [];
  await store.put(address, file.clone());
  if (!address.endsWith('.js')) return [];
  return [...(await file.text()).matchAll(/(?:from|import)\s*["']\.\/([\w-]+\.js)["']/g)].map((match) => `/assets/${match[1]}`);
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
