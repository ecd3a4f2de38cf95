import { expect, test } from 'vitest';
import { blindBlockOf, withBlindBlock } from '../../../bench/blind/block.ts';

test('a page without the block gets it at its end', () => {
  expect(withBlindBlock('# Page\n\n', 'one')).toBe('# Page\n\n<!-- blind -->\none\n<!-- /blind -->\n');
});

test('what stands around the block stays, and its text is taken as it is', () => {
  const page = `before\n${withBlindBlock('', 'one\ntwo').trim()}\nafter\n`;
  expect(withBlindBlock(page, 'cost $1')).toBe('before\n<!-- blind -->\ncost $1\n<!-- /blind -->\nafter\n');
});

test('the block is read back as it was written', () => {
  expect(blindBlockOf(withBlindBlock('# Page', 'one\n\ntwo'))).toBe('one\n\ntwo');
  expect(blindBlockOf('# Page')).toBeNull();
});
