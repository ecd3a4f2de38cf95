/** Every rule has its file, its place in the list, its words and its page. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { lintPage } from '../../scripts/lint-page.ts';
import { rules } from '../../src/lint/index.ts';
import { lintSchema } from '../../src/render/schema.ts';

const files = globSync('src/lint/rules/*.ts').map((file) => basename(file, '.ts'));

test('every rule is listed under the name of its file', () => {
  expect(rules.map(({ name }) => name).toSorted()).toEqual(files.toSorted());
});

test.for(rules.map((rule) => [rule.name, rule] as const))('%s says all that its page needs', ([, rule]) => {
  for (const field of ['title', 'why', 'looks', 'remedy', 'limits'] as const) expect(rule[field].trim()).not.toBe('');
  expect(rule.ids.length).toBeGreaterThan(0);
});

test('the page and the schema in docs/ are what npm run docs and npm run schema write', () => {
  expect(readFileSync('docs/lint.md', 'utf8')).toBe(lintPage(rules));
  expect(readFileSync('docs/lint.schema.json', 'utf8')).toBe(lintSchema());
});
