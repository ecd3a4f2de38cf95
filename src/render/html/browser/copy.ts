/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Runs in the browser: buttons that copy a manifest or a command; where the clipboard is refused, they select it. */
export function offerCopies(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copies]')) {
    const source = document.getElementById(button.dataset['copies'] ?? '');
    const label = button.textContent;
    if (!source) continue;
    const copy = async (): Promise<void> => {
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = 'Copied';
      } catch {
        getSelection()?.selectAllChildren(source);
        button.textContent = 'Selected: press Ctrl+C';
      }
    };
    button.addEventListener('click', () => void copy());
    button.addEventListener('blur', () => {
      button.textContent = label;
    });
    button.hidden = false;
  }
}
