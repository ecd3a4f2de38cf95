import { expect, test } from 'vitest';
import { asciiOnly, cleanLine, cleanLines } from '../../src/render/clean.ts';
import { shellWord } from '../../src/render/shell.ts';

test.for(['web-7f9c', 'worker-1 → web', 'naïve 会议', '👩 ok', ''])('leaves %j alone', (text) => {
  expect(cleanLine(text)).toBe(text);
});

test.for([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u009b31mred', 'red'],
  ['\u001b]0;title\u0007x', ']0;titlex'],
  ['a\nb\r\nc\td', 'a b c d'],
  ['abc\u202edef\u2066', 'abcdef'],
  ['zero\u200bwidth\ufeff', 'zerowidth'],
  ['half \ud800 pair', 'half  pair'],
  ['\u0000\u007f\u0085', ' '],
] as const)('cleans %j', ([text, expected]) => {
  expect(cleanLine(text)).toBe(expected);
});

test('stays quick on a long run of escapes', () => {
  expect(cleanLine('\u001b['.repeat(200_000))).toHaveLength(200_000);
});

test('keeps the lines of a manifest', () => {
  expect(cleanLines('a:\r\n\tb: 1\n\n')).toEqual(['a:', '  b: 1']);
});

test('finds the nearest ASCII', () => {
  expect(asciiOnly('✗ a → b … 会')).toBe('x a -> b ... ?');
});

test.for([
  ['svc/web', 'svc/web'],
  ['https://a.b:80/c?d=e&f', "'https://a.b:80/c?d=e&f'"],
  ["it's", String.raw`'it'\''s'`],
  ['', "''"],
] as const)('quotes %j for a shell', ([word, expected]) => {
  expect(shellWord(word)).toBe(expected);
});
