import { expect, test } from 'vitest';
import { pod } from '../breaks.ts';
import { refused, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'refused-connection';
const reset = () => times(3, refused);
const rejected = () => times(3, () => refused({ counters: { 'IcmpMsg.InType3': 1 } }));

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  ['one pod of two refuses', { breaks: web.slice(0, 1).map((each) => pod(each, reset)) }],
  ['all are rejected by ICMP, which no closed port does', { breaks: web.map((each) => pod(each, rejected)) }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: every pod refuses while kprobe answers beside it', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: web.map((each) => pod(each, reset)) });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Service', name: 'web' },
  });
});
