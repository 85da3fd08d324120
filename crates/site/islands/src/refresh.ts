// A part of a page that waits for news (`data-refresh="seconds"`): fetched again and put in place, only while the page
// is looked at and only when it changed, so that a screen reader is not told the same thing twice. Whoever works with the
// keyboard keeps his place, and nobody loses what he is writing.
export function startRefresh(root: ParentNode): void {
  for (const part of root.querySelectorAll<HTMLElement>('[data-refresh]')) watch(part);
}

function watch(part: HTMLElement): void {
  const seconds = Number(part.dataset['refresh']);
  if (!part.id || !(seconds > 0)) return;
  const again = (): void => void setTimeout(() => void renew(part.id, again), seconds * 1000);
  again();
}

async function renew(id: string, again: () => void): Promise<void> {
  if (document.hidden) return again();
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    const fresh = answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(id) : null;
    const stale = document.getElementById(id);
    if (fresh && stale && fresh.textContent !== stale.textContent && !isWritten(stale)) replace(stale, fresh);
    // Nothing left to wait for: the server stopped asking for a refresh.
    if (fresh && !fresh.dataset['refresh']) return;
  } catch {
    // The network is away; what stands on the page stays true.
  }
  again();
}

const STOPS = 'a[href], button, input:not([type=hidden]), select, textarea, summary';

/** Puts the news in place. What had the focus has it again, where it is still there. */
function replace(stale: HTMLElement, fresh: HTMLElement): void {
  const at = [...stale.querySelectorAll<HTMLElement>(STOPS)].indexOf(document.activeElement as HTMLElement);
  const was = document.activeElement?.localName;
  const placed = document.importNode(fresh, true);
  stale.replaceWith(placed);
  const now = at < 0 ? undefined : placed.querySelectorAll<HTMLElement>(STOPS)[at];
  if (now?.localName === was) now?.focus();
}

/** Whether somebody is writing in it. */
function isWritten(part: HTMLElement): boolean {
  const texts = part.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('textarea, input[type=text]');
  return [...texts].some((text) => text.value !== text.defaultValue);
}
