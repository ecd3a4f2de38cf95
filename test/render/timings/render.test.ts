import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { timingsSchema } from '../../../src/render/schema.ts';
import { timingsRenderers } from '../../../src/render/timings/render.ts';
import { explainTimings } from '../../../src/timings/explain.ts';
import { readTimings } from '../../../src/timings/read.ts';
import { published } from '../../timings/published/lists.ts';

const plain = { width: 80, colour: false, unicode: true, verbose: false };
const schema = readFileSync(new URL('../../../docs/timings.schema.json', import.meta.url), 'utf8');

function reportOf(text: string) {
  const read = readTimings(text);
  if (read?.ok !== true) throw new Error(JSON.stringify(read));
  return explainTimings(read.value, '0.1.0');
}

const HALF = reportOf(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? '0.0031' : '5.0042')).join('\n'));
const QUIET = reportOf('0.0031\n0.0029\n0.0035\n');
const ODD = reportOf(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? '0.0031' : '0.6842')).join('\n'));
const PHASES = reportOf(
  [
    '200 0.001 0.002 0.004 0.004',
    '200 0.001 0.002 5.004 5.005',
    '200 0.001 0.002 10.007 10.008',
    '504 0.001 0.002 15.01 15.011',
  ].join('\n'),
);

test.for([
  ['half', HALF],
  ['quiet', QUIET],
  ['odd', ODD],
  ['phases', PHASES],
] as const)('renders %s as it always did', async ([name, report]) => {
  await expect(timingsRenderers.terminal(report, plain)).toMatchFileSnapshot(`golden/${name}.txt`);
  await expect(timingsRenderers.markdown(report, plain)).toMatchFileSnapshot(`golden/${name}.md`);
});

test('docs/timings.schema.json is what the source makes (npm run schema), and everything fits it', () => {
  expect(schema).toBe(timingsSchema());
  const isValid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(schema) as object);
  for (const report of [HALF, QUIET, ODD, PHASES, ...published.map(({ text }) => reportOf(text))]) {
    isValid(JSON.parse(timingsRenderers.json(report, plain)));
    expect(isValid.errors).toBeNull();
  }
});

test.for([40, 80, 132])('keeps every wrapped line within %i columns, but for the command', (width) => {
  const lines = timingsRenderers.terminal(HALF, { ...plain, width }).split('\n');
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
});

test('a hostile target becomes no command', () => {
  const [url, ms] = ['http://x/$(reboot)`id`\u001b[31m', 5003];
  const report = reportOf(JSON.stringify({ latency: ms * 1e6, code: 200, url, seq: 0 }));
  expect(report.settle?.command).toBe('kprobe diagnose TARGET');
  expect(timingsRenderers.terminal(report, plain)).not.toContain('\u001b');
});
