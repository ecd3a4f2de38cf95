import { expect, test } from 'vitest';
import { pod, slowEntries } from '../breaks.ts';
import { sample, times } from '../make.ts';
import { diagnose, findingOf, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'slow-application';
const slow =
  (over = {}) =>
  () =>
    times(4, () => sample({ connectMs: 0.4, firstByteMs: 1300, status: 200, ...over }));
const entries: Break = (path) =>
  path.to.kind === 'entry' ? times(4, () => sample({ connectMs: 0.4, firstByteMs: 1302, status: 200 })) : null;

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  ['the entry is slow and the pods are quick', { breaks: [slowEntries] }],
  ['the request was retransmitted', { breaks: web.map((each) => pod(each, slow({ dataRetransmissions: 3 }))) }],
  [
    'the connect is what is slow',
    { breaks: web.map((each) => pod(each, slow({ connectMs: 3069, firstByteMs: 2, synRetransmissions: 3 }))) },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test("speaking: as slow from the pod's own node, and it explains the entry", () => {
  const verdict = diagnose({ breaks: [...web.map((each) => pod(each, slow())), entries] });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', explains: 1 });
});

test('speaking: one slow pod of two is named', () => {
  expect(findingOf(id, { breaks: web.slice(0, 1).map((each) => pod(each, slow())) })).toMatchObject({
    object: { kind: 'Pod', name: 'web-1' },
  });
});

test('silent: on a node where kprobe answers as slowly', () => {
  const starved: Break = (_path, _from, to) =>
    to === null ? null : times(4, () => sample({ connectMs: 200, firstByteMs: 250 }));
  expect(findingOf(id, { breaks: [...web.map((each) => pod(each, slow())), entries, starved] })).toBeNull();
});
