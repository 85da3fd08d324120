// A part of a page that waits for news (`data-refresh="seconds"`): fetched again and put in place, only while the page
// is looked at and only when it changed, so that a screen reader is not told the same thing twice.
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
    if (fresh && stale && fresh.textContent !== stale.textContent) stale.replaceWith(document.importNode(fresh, true));
    // Nothing left to wait for: the server stopped asking for a refresh.
    if (fresh && !fresh.dataset['refresh']) return;
  } catch {
    // The network is away; what stands on the page stays true.
  }
  again();
}
