import { expect, test } from 'vitest';
import { bodyMark } from '../../probes/body-mark.ts';

/** Of RFC 9923's test vectors for 64 bits. */
test.for([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
])('%j', ([text, mark]) => {
  expect(bodyMark(Buffer.from(text ?? ''))).toBe(mark);
});

test('another body of the same length has another mark, and the first has its own again', () => {
  const [one, other] = [Buffer.from('one'), Buffer.from('two')];
  const mark = bodyMark(one);
  expect(bodyMark(other)).not.toBe(mark);
  expect(bodyMark(Buffer.from('one'))).toBe(mark);
});
