// Keeps the page that checks licences for places without a network: after one visit it opens there too, and says how old its
// lists are. Nothing else of the site is kept, and where there is a network the site's own answer always comes first.
interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Told extends Waiting {
  data: { keep?: string[] };
}
interface Worker {
  addEventListener(kind: 'install' | 'activate', listener: (event: Waiting) => void): void;
  addEventListener(kind: 'fetch', listener: (event: Fetching) => void): void;
  addEventListener(kind: 'message', listener: (event: Told) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
}

const worker = self as unknown as Worker;
const CACHE = 'budayang-verify';
const PAGE = '/verify';

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('message', (event) => {
  const own = (event.data.keep ?? []).filter((address) => new URL(address, worker.location.origin).origin === worker.location.origin);
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(own)));
});

worker.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const opens = event.request.mode === 'navigate' && (pathname === PAGE || pathname === '/v');
  const loads = pathname.startsWith('/assets/') || pathname === '/favicon.svg';
  if (event.request.method !== 'GET' || origin !== worker.location.origin || !(opens || loads)) return;
  event.respondWith(answer(event.request, opens ? PAGE : pathname));
});

async function answer(request: Request, address: string): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(address)) ?? Response.error();
  }
}
