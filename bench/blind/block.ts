/** The part of docs/accuracy.md that only `npm run bench:blind -- --write` writes. */
const MARKS = ['<!-- blind -->', '<!-- /blind -->'] as const;
const BLOCK = /<!-- blind -->\n[\s\S]*?\n<!-- \/blind -->/;

export function blindBlockOf(page: string): string | null {
  const [block] = BLOCK.exec(page) ?? [];
  return block === undefined ? null : block.split('\n').slice(1, -1).join('\n');
}

/** At its place, or at the end of a page that has none. */
export function withBlindBlock(page: string, text: string): string {
  const block = [MARKS[0], text, MARKS[1]].join('\n');
  return BLOCK.test(page) ? page.replace(BLOCK, () => block) : `${page.trimEnd()}\n\n${block}\n`;
}
