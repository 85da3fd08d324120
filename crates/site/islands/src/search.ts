// The search field answers while you type: the same page the form would open, only its results part is put below.
const PAUSE_MS = 150;

export function startSearch(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>('form[data-search]')) watch(form);
}

function watch(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>('input[type=search]');
  const answers = document.getElementById(form.dataset['search'] ?? '');
  if (!field || !answers) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(form, field, answers), PAUSE_MS);
  });
}

async function ask(form: HTMLFormElement, field: HTMLInputElement, answers: HTMLElement): Promise<void> {
  const words = field.value.trim();
  if (words === '') return answers.replaceChildren();
  const address = new URL(form.action);
  address.searchParams.set('q', words);
  try {
    const page = new DOMParser().parseFromString(await (await fetch(address)).text(), 'text/html');
    const found = page.getElementById('results');
    // A slower, older answer must not overwrite a newer question.
    if (found && field.value.trim() === words) answers.replaceChildren(...Array.from(found.childNodes, (n) => document.importNode(n, true)));
  } catch {
    // Without network the form still submits.
  }
}
