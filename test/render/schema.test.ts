import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { Verdict } from '../../src/model/verdict.ts';
import { renderJson } from '../../src/render/json.ts';
import { renderers } from '../../src/render/render.ts';
import { checkSchema, sweepSchema, traceSchema, verdictSchema } from '../../src/render/schema.ts';
import { healthy, hostile, inconclusive, verdict } from './samples.ts';
import { checkReport } from './checks.ts';
import { flowTrace } from './flows.ts';
import { sweepReport } from './sweeps.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}.schema.json`, import.meta.url), 'utf8');
const [file, sweepFile, checkFile] = [read('verdict'), read('sweep'), read('check')];

const isValid = new Ajv2020({ strict: true }).compile(JSON.parse(file) as object);
const isCheck = new Ajv2020({ strict: true }).compile(JSON.parse(checkFile) as object);
const isSweep = new Ajv2020({ strict: true }).compile(JSON.parse(sweepFile) as object);

test('the schemas in docs/ are those that the source makes (npm run schema)', () => {
  expect(file).toBe(verdictSchema());
  expect(sweepFile).toBe(sweepSchema());
  expect(checkFile).toBe(checkSchema());
  expect(read('trace')).toBe(traceSchema());
});

test('a validator of other people accepts a sweep, and refuses one with a field too many', () => {
  const given = JSON.parse(renderJson(sweepReport())) as object;
  isSweep(given);
  expect(isSweep.errors).toBeNull();
  expect(isSweep({ ...given, extra: 1 })).toBe(false);
});

test('a validator of other people accepts a traced flow, and refuses one with a field too many', () => {
  const isTrace = new Ajv2020({ strict: true }).compile(JSON.parse(read('trace')) as object);
  const given = JSON.parse(renderJson(flowTrace())) as object;
  isTrace(given);
  expect(isTrace.errors).toBeNull();
  expect(isTrace({ ...given, extra: 1 })).toBe(false);
});

test('a validator of other people accepts a check, and refuses one with a field too many', () => {
  const given = JSON.parse(renderJson(checkReport())) as object;
  isCheck(given);
  expect(isCheck.errors).toBeNull();
  expect(isCheck({ ...given, extra: 1 })).toBe(false);
});

test.for([verdict(), healthy(), inconclusive(), hostile()])(
  'a validator of other people accepts our JSON: %#',
  (given) => {
    const options = { width: 80, colour: false, unicode: true, verbose: false, again: null };
    isValid(JSON.parse(renderers.json(given, options)));
    expect(isValid.errors).toBeNull();
  },
);

test.for([
  ['a status of another name', { ...verdict(), status: 'broken' }],
  ['a field too many', { ...verdict(), extra: 1 }],
  ['a field too few', { ...verdict(), findings: undefined }],
  ['a share above one', { ...verdict(), findings: [{ ...verdict().findings[0], explains: 2 }] }],
])('both refuse %s', ([, given]) => {
  expect(isValid(JSON.parse(JSON.stringify(given)))).toBe(false);
  expect(Verdict.safeParse(given).success).toBe(false);
});
