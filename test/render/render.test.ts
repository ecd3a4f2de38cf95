import { expect, test } from 'vitest';
import stringWidth from 'string-width';
import { parse } from 'yaml';
import { renderers, type TextOutput } from '../../src/render/render.ts';
import { healthy, hostile, inconclusive, lostSyn, missesHostNetwork, verdict } from './samples.ts';
import type { RenderOptions } from '../../src/render/options.ts';

const plain: RenderOptions = { width: 80, colour: false, unicode: true, verbose: false, again: null };
const several = verdict({ findings: [missesHostNetwork, { ...lostSyn, explains: 0.125 }] });
const ESCAPE = '\u001b';

test.for([
  ['faulty-80.txt', 'terminal', verdict(), plain],
  ['faulty-140-verbose.txt', 'terminal', several, { ...plain, width: 140, verbose: true }],
  ['faulty-80-verbose.txt', 'terminal', verdict(), { ...plain, verbose: true }],
  ['faulty-ascii.txt', 'terminal', several, { ...plain, unicode: false }],
  ['faulty-colour.txt', 'terminal', verdict(), { ...plain, colour: true }],
  ['healthy.txt', 'terminal', healthy(), plain],
  ['inconclusive.txt', 'terminal', inconclusive(), plain],
  ['hostile.txt', 'terminal', hostile(), { ...plain, verbose: true }],
  ['faulty.md', 'markdown', several, { ...plain, verbose: true }],
  ['healthy.md', 'markdown', healthy(), plain],
  ['inconclusive.md', 'markdown', inconclusive(), plain],
  ['hostile.md', 'markdown', hostile(), { ...plain, verbose: true }],
  ['faulty.json.txt', 'json', verdict(), plain],
  ['hostile.json.txt', 'json', hostile(), plain],
] as const)('renders %s as it always did', async ([file, output, given, options]) => {
  await expect(renderers[output](given, options)).toMatchFileSnapshot(`golden/${file}`);
});

test.for([40, 60, 80, 132])('keeps every wrapped line within %i columns', (width) => {
  const wide = verdict({ summary: '会议室'.repeat(60), findings: [{ ...missesHostNetwork, fix: null }] });
  const lines = renderers.terminal(wide, { ...plain, width, again: 'kprobe diagnose x' }).split('\n');
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
});

test.for([0, -1, Number.NaN, 1, 100_000])('survives a width of %d', (width) => {
  expect(renderers.terminal(verdict(), { ...plain, width })).toContain('NetworkPolicy');
});

test.for(Object.keys(renderers) as TextOutput[])(
  'lets no control character of a hostile name through: %s',
  (output) => {
    // oxlint-disable-next-line no-control-regex
    expect(renderers[output](hostile(), { ...plain, verbose: true })).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u,
    );
  },
);

test('lets no name forge a line of its own', () => {
  const lines = renderers.terminal(hostile(), { ...plain, width: 132 }).split('\n');
  expect(lines.filter((line) => line.startsWith('✓'))).toEqual([]);
});

test('quotes a hostile target in the command to repeat', () => {
  expect(renderers.terminal(verdict({ target: "a'$(reboot)" }), plain)).toContain(
    String.raw`kprobe diagnose 'a'\''$(reboot)'`,
  );
});

test('colours nothing unless asked to, and the same words when asked', () => {
  const coloured = renderers.terminal(verdict(), { ...plain, colour: true });
  expect(coloured).toContain(ESCAPE);
  expect(coloured.replaceAll(/\u001b\[\d+m/gu, '')).toBe(renderers.terminal(verdict(), plain));
});

test('writes ASCII alone where the terminal knows no more', () => {
  // oxlint-disable-next-line no-control-regex
  expect(renderers.terminal(several, { ...plain, unicode: false, verbose: true })).toMatch(/^[\u0000-\u007f]*$/u);
});

test('prints a manifest that can be copied with its indentation', () => {
  const text = renderers.terminal(verdict(), { ...plain, width: 40 });
  const manifest = text.slice(text.indexOf('apiVersion'), text.indexOf('  Then'));
  const indented = manifest.replace(/^/u, ' '.repeat(18));
  expect(parse(indented)).toEqual(parse(missesHostNetwork.fix?.manifest ?? ''));
});

test('fences a manifest so that nothing in it can close the fence', () => {
  expect(renderers.markdown(hostile(), plain)).toMatch(/\n````yaml\na: 1\n```\n/u);
});

test.for([verdict(), healthy(), inconclusive(), hostile()])('writes the verdict itself as JSON: %#', (given) => {
  expect(JSON.parse(renderers.json(given, plain))).toEqual(given);
});

test('says that a run was cut short', () => {
  const at = (ended: string) => renderers.terminal(verdict({ run: { ...verdict().run, ended } }), plain);
  expect(at('complete')).not.toContain('Cut short');
  expect(at('settled')).not.toContain('Cut short');
  expect(at('timeout')).toContain('time was up after 12.3 s');
  expect(at('interrupted')).toContain('interrupted after 12.3 s');
});

test('says what the user sees once', () => {
  const count = (text: string) => text.split('You see').length - 1;
  expect(count(renderers.terminal(verdict(), plain))).toBe(1);
  const unseen = { ...missesHostNetwork, evidence: missesHostNetwork.evidence.slice(1) };
  expect(count(renderers.terminal(verdict({ findings: [unseen] }), plain))).toBe(1);
});

test('makes a summary that names the target the headline, and does not repeat it', () => {
  const summary = 'shop.example.com is healthy: 72 of 72 attempts answered normally';
  const text = renderers.terminal({ ...healthy(), summary }, plain);
  expect(text.startsWith(`✓ ${summary}\n`)).toBe(true);
  expect(text).not.toContain('You see');
});

test('gives each reason a line of its own once one of them is long', () => {
  const ruledOut = [
    { suspect: 'DNS', because: 'fine' },
    { suspect: 'overlay', because: 'fine too, and '.repeat(8) },
  ];
  expect(renderers.terminal(verdict({ ruledOut }), plain)).toMatch(/Ruled out {5}DNS \(fine\)\n {16}overlay/u);
});

test('survives a faulty verdict without findings', () => {
  expect(renderers.terminal(verdict({ findings: [] }), plain)).toMatch(/^✗ shop\.example\.com is faulty\n/u);
});
