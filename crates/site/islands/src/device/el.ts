// What both pages for devices without network draw with.

/** An element with attributes and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | boolean> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, '');
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A button that does something. */
export function button(label: string, kind: string, act: () => Promise<void>): HTMLButtonElement {
  const made = el('button', { class: `btn ${kind}`, type: 'button' }, label);
  made.addEventListener('click', () => void act());
  return made;
}

/** Today in China, where all of this happens. */
export function today(): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());
}

/** A random UUID: the key under which a draft is sent, however often. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Waits until the worker of a folder stands between this page and the network: only then what is fetched is also kept. */
export async function underWorker(home: string): Promise<void> {
  const workers = navigator.serviceWorker;
  await workers.register(`${home}worker.js`, { scope: home });
  if (workers.controller) return;
  await new Promise<void>((done) => {
    workers.addEventListener('controllerchange', () => done(), { once: true });
    setTimeout(done, 5_000);
  });
}
