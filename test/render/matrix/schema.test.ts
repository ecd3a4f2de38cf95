import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { matrixRenderers } from '../../../src/render/matrix/render.ts';
import { matrixSchema } from '../../../src/render/schema.ts';
import { cut, matrix, touches } from '../../judge/matrix/mesh-world.ts';

const file = readFileSync(new URL('../../../docs/matrix.schema.json', import.meta.url), 'utf8');
const isValid = new Ajv2020({ strict: true }).compile(JSON.parse(file) as object);

test('the schema in docs/ is the one that the source makes (npm run schema)', () => {
  expect(file).toBe(matrixSchema());
});

test.for([
  ['a healthy matrix', {}],
  ['a broken one', { zones: [2, 3], breaks: [cut('pod', touches('n21'))] }],
  ['one node', { zones: [1] }],
])('a validator of other people accepts our JSON: %s', ([, world]) => {
  isValid(JSON.parse(matrixRenderers.json(matrix(typeof world === 'string' ? {} : world))));
  expect(isValid.errors).toBeNull();
});

test('and refuses a field too many', () => {
  expect(isValid({ ...matrix({ zones: [2] }), extra: 1 })).toBe(false);
});
