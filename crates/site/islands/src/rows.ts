// Arrow keys walk the rows of a work table (`data-rows`); Enter opens, as on any link. Keys act only while a row's own
// link has the focus, so no single key is taken from the rest of the page (WCAG 2.1.4).
export function startRows(root: ParentNode): void {
  for (const table of root.querySelectorAll<HTMLElement>('[data-rows]')) {
    table.addEventListener('keydown', (event) => walk(table, event));
  }
}

function walk(table: HTMLElement, event: KeyboardEvent): void {
  const links = [...table.querySelectorAll<HTMLAnchorElement>('a[data-row]')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = target(event.key, at, links.length);
  if (to === undefined) return;
  event.preventDefault();
  links[to]?.focus();
}

function target(key: string, at: number, count: number): number | undefined {
  if (key === 'ArrowDown') return Math.min(at + 1, count - 1);
  if (key === 'ArrowUp') return Math.max(at - 1, 0);
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  // Digits 1 to 9 go straight to a row of the list.
  if (/^[1-9]$/.test(key) && Number(key) <= count) return Number(key) - 1;
  return undefined;
}
