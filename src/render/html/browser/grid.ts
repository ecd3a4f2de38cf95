/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * Runs in the browser: makes a heat map a grid that arrow keys walk through (WAI-ARIA Authoring Practices, grid pattern: one tab stop), and tells the
 * facts of the cell under the pointer or the focus. Longer than a screen because nothing outside the function exists where it runs.
 */
export function openGrids(): void {
  const PAGE_ROWS = 10;
  for (const grid of document.querySelectorAll<HTMLTableElement>('table[data-shows]')) {
    const details = document.getElementById(grid.dataset['details'] ?? '');
    const shown = document.getElementById(grid.dataset['shows'] ?? '');
    const rows = [...(grid.tBodies[0]?.rows ?? [])];
    const lastRow = rows.length - 1;
    const lastColumn = (rows[0]?.cells.length ?? 1) - 2;
    let facts: readonly string[] | null = null;
    let current = rows[0]?.cells[1] ?? null;
    if (!shown || !details || !current) continue;
    current.tabIndex = 0;
    // Without this script it is a plain table, which has nothing to walk through.
    grid.setAttribute('role', 'grid');

    const cellOf = ({ target }: Event): HTMLTableCellElement | null =>
      target instanceof Element ? target.closest('td') : null;
    const rowOf = (cell: HTMLTableCellElement): number => rows.indexOf(cell.parentElement as HTMLTableRowElement);
    const tell = (cell: HTMLTableCellElement | null): void => {
      if (!cell) return;
      facts ??= JSON.parse(details.textContent) as string[];
      shown.textContent = facts[rowOf(cell) * (lastColumn + 1) + cell.cellIndex - 1] ?? '';
    };
    const go = (row: number, column: number): void => {
      const within = (value: number, last: number): number => Math.max(0, Math.min(last, value));
      const cell = rows[within(row, lastRow)]?.cells[within(column, lastColumn) + 1];
      if (!cell) return;
      current?.setAttribute('tabindex', '-1');
      current?.removeAttribute('aria-describedby');
      current = cell;
      cell.tabIndex = 0;
      tell(cell);
      cell.setAttribute('aria-describedby', shown.id);
      cell.focus({ preventScroll: true });
      cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    };
    const destination = (event: KeyboardEvent, row: number, column: number): readonly [number, number] | null => {
      const isWhole = event.ctrlKey || event.metaKey;
      switch (event.key) {
        case 'ArrowUp':
          return [row - 1, column];
        case 'ArrowDown':
          return [row + 1, column];
        case 'ArrowLeft':
          return [row, column - 1];
        case 'ArrowRight':
          return [row, column + 1];
        case 'PageUp':
          return [row - PAGE_ROWS, column];
        case 'PageDown':
          return [row + PAGE_ROWS, column];
        case 'Home':
          return [isWhole ? 0 : row, 0];
        case 'End':
          return [isWhole ? lastRow : row, lastColumn];
        default:
          return null;
      }
    };

    grid.addEventListener('mouseover', (event) => tell(cellOf(event)));
    grid.addEventListener('focusin', (event) => tell(cellOf(event)));
    grid.addEventListener('click', (event) => {
      const cell = cellOf(event);
      if (cell) go(rowOf(cell), cell.cellIndex - 1);
    });
    grid.addEventListener('keydown', (event) => {
      const cell = cellOf(event);
      const next = cell && !event.altKey ? destination(event, rowOf(cell), cell.cellIndex - 1) : null;
      if (!next) return;
      event.preventDefault();
      go(...next);
    });
  }
}
