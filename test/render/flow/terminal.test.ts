import { expect, test } from 'vitest';
import { flowRenderers } from '../../../src/render/flow/render.ts';
import { flowTrace } from '../flows.ts';

const PAGE = { width: 80, colour: false, unicode: true, verbose: false };
const text = (over: Parameters<typeof flowTrace>[0] = {}, page = PAGE) => flowRenderers.terminal(flowTrace(over), page);

test('the rule that stopped it comes first, then the way through each node', async () => {
  await expect(text()).toMatchFileSnapshot('golden/stopped.txt');
});

test('no control character of a comment reaches the terminal, and no line is wider than it', () => {
  expect(text()).not.toMatch(/\u001b/u);
  for (const width of [40, 60, 80]) {
    const lines = text({}, { ...PAGE, width }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  }
});

test("an overlay's packets that came through, and chains that said nothing, only on request", () => {
  expect(text()).not.toContain('(overlay)');
  expect(text()).toContain('-v shows 1 more way');
  const all = text({}, { ...PAGE, verbose: true });
  expect(all).toContain('(overlay)');
  expect(all).toContain('default → accept');
});

test('plain ASCII where the terminal knows no more', () => {
  expect(text({}, { ...PAGE, unicode: false })).toMatch(/^[\n\x20-\x7e]*$/u);
});
