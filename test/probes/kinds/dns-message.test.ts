import { describe, expect, test } from 'vitest';
import { decodeAnswer, encodeQuery } from '../../../probes/kinds/dns-message.ts';
import type { DnsQuestion } from '../../../probes/kinds/dns-message.ts';

const question: DnsQuestion = { id: 0xbeef, name: 'web.shop.', type: 'A' };
const HEADER_BYTES = 12;
const pointer = [0xc0, HEADER_BYTES];

function answer(options: { flags?: number; id?: number; records?: number[][]; count?: number } = {}): Buffer {
  const message = Buffer.concat([
    encodeQuery(question) ?? Buffer.alloc(0),
    Buffer.from((options.records ?? []).flat()),
  ]);
  message.writeUInt16BE(options.id ?? question.id, 0);
  message.writeUInt16BE(options.flags ?? 0x8180, 2);
  message.writeUInt16BE(options.count ?? options.records?.length ?? 0, 6);
  return message;
}
const record = (name: number[], type: number, data: number[]) => [
  ...name,
  ...[0, type, 0, 1, 0, 0, 0, 5, 0, data.length],
  ...data,
];

test('a query is a header, the name in labels, type and class', () => {
  expect(encodeQuery(question)?.toString('hex')).toBe('beef01000001000000000000037765620473686f700000010001');
});

test.for(['', 'a..b', `${'x'.repeat(64)}.b`, Array(60).fill('abcde').join('.')])(
  'a name that DNS cannot carry: %s',
  (name) => {
    expect(encodeQuery({ ...question, name })).toBeNull();
  },
);

test('a name as long as allowed and the root can be asked for', () => {
  expect(encodeQuery({ ...question, name: `${'x'.repeat(63)}.b` })).not.toBeNull();
  expect(
    encodeQuery({ ...question, name: '.' })
      ?.subarray(12)
      .toString('hex'),
  ).toBe('0000010001');
});

describe('what is not an answer to the question is stray', () => {
  test.for<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['half a header', Buffer.from([0xbe, 0xef, 0x81])],
    ['another id', answer({ id: 1 })],
    ['a query', answer({ flags: 0x0100 })],
    ['another name', Buffer.from(answer().toString('latin1').replace('web', 'wee'), 'latin1')],
  ])('%s', ([, message]) => {
    expect(decodeAnswer(message, question)).toEqual({ kind: 'stray' });
  });
  test('another type', () => {
    expect(decodeAnswer(answer(), { ...question, type: 'AAAA' })).toEqual({ kind: 'stray' });
  });
});

test('addresses are read through aliases and compressed names', () => {
  const alias = record(pointer, 5, [1, 0x61, ...pointer]);
  const message = answer({ records: [alias, record(pointer, 1, [10, 1, 2, 3]), record(pointer, 1, [10, 1, 2, 4])] });
  expect(decodeAnswer(message, question)).toEqual({
    kind: 'answer',
    answer: { rcode: 'NOERROR', addresses: ['10.1.2.3', '10.1.2.4'], truncated: false },
  });
});

test('letters may come back in another case', () => {
  const message = Buffer.from(answer().toString('latin1').replace('web', 'WeB'), 'latin1');
  expect(decodeAnswer(message, question).kind).toBe('answer');
});

test.for<[number, string]>([
  [0x8183, 'NXDOMAIN'],
  [0x8185, 'REFUSED'],
  [0x8182, 'SERVFAIL'],
  [0x818f, 'RCODE15'],
])('flags %i say %s', ([flags, rcode]) => {
  expect(decodeAnswer(answer({ flags }), question)).toMatchObject({ answer: { rcode } });
});

test('a truncated answer says so, whatever is left of it', () => {
  const message = answer({ flags: 0x8380, records: [[0xc0]], count: 9 });
  expect(decodeAnswer(message, question)).toMatchObject({ answer: { truncated: true, addresses: [] } });
});

describe('an answer that cannot be read is malformed, never endless', () => {
  const end = answer().length;
  test.for<[string, Buffer]>([
    ['a pointer to itself', answer({ records: [record([0xc0, end], 1, [10, 0, 0, 1])] })],
    ['a pointer beyond the end', answer({ records: [record([0xff, 0xff], 1, [10, 0, 0, 1])] })],
    ['more records than there are', answer({ records: [record(pointer, 1, [10, 0, 0, 1])], count: 60_000 })],
    ['a record beyond the end', answer({ records: [record(pointer, 1, [10, 0, 0, 1]).slice(0, -2)] })],
    ['an address of five bytes', answer({ records: [record(pointer, 1, [1, 2, 3, 4, 5])] })],
    ['a label of a reserved kind', answer({ records: [record([0x80, 1], 1, [10, 0, 0, 1])] })],
  ])('%s', ([, message]) => {
    expect(decodeAnswer(message, question).kind).toBe('malformed');
  });
});
