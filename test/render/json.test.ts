import { expect, test } from 'vitest';
import { jsonPieces, renderJson } from '../../src/render/json.ts';

const long = Array.from({ length: 250 }, (_, at) => ({ at, says: `line\nfeed ${at}`, inner: [at, { none: null }] }));

test.for([
  ['a list that is long', { first: 1, cells: long, last: { a: [] } }],
  ['two of them, and what JSON leaves out', { gone: undefined, cells: long, more: long.slice(0, 101), empty: [] }],
  ['a long list alone', long],
  ['a list of holes', { cells: Array.from({ length: 101 }, () => undefined) }],
  ['nothing long', { a: [1, 2], b: {} }],
  ['nothing', {}],
] as const)('in pieces it is the same text: %s', ([, object]) => {
  expect(renderJson(object)).toBe(`${JSON.stringify(object, null, 2)}\n`);
});

test('no piece is as long as a long list', () => {
  const whole = renderJson({ cells: long }).length;
  expect(Math.max(...[...jsonPieces({ cells: long })].map(({ length }) => length))).toBeLessThan(whole / 2);
});

test('what does harm on a screen is escaped in every piece', () => {
  const unsafe = [...long, { at: 250, says: '\u202e\u009b' }];
  expect(renderJson({ '\u200b': 1, cells: unsafe })).not.toMatch(/[\u007f-\u009f\u200b-\u202e]/u);
  expect(JSON.parse(renderJson({ '\u200b': 1, cells: unsafe }))).toEqual({ '\u200b': 1, cells: unsafe });
});
