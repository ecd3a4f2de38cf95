/** What benches write into docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Between two marks; what stands around them is written by hand. Raises where the page has no such place. */
export function writeBlock(name: string, text: string): void {
  const file = new URL('../docs/performance.md', import.meta.url);
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const before = readFileSync(file, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${begin} … ${end}`);
  writeFileSync(file, `${before.slice(0, from + begin.length)}\n${text.trimEnd()}\n${before.slice(to)}`);
}
