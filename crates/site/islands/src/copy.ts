// A button that copies a long code. The server sends it hidden: without script there is nothing to press.
export function startCopy(root: ParentNode): void {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', () => void copy(button));
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset['copy'] ?? '');
  } catch {
    return; // refused by the browser: the code stays selectable beside the button
  }
  button.textContent = button.dataset['done'] ?? before;
  setTimeout(() => (button.textContent = before), 2000);
}
