import { expect, test } from 'vitest';
import { sample, silent, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly, shopTarget } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'dropped-large-hello';
const target = serviceOnly({ scheme: 'https' });
const inHandshake = () =>
  times(2, () => silent({ phase: 'tls', waitedMs: 16_700, phases: { connect: 0.4, tls: 16_700 } }));
const reset = () => times(2, () => sample({ connectMs: 0.4, tlsMs: 1, outcome: { kind: 'reset', phase: 'tls' } }));
const hello =
  (size: 'small' | 'large', what: () => ReturnType<typeof times>): Break =>
  ({ probe }) =>
    probe.kind === 'http' && probe.hello === size ? what() : null;
const largePackets: Break = ({ probe, locality }) =>
  probe.kind === 'tcp' && probe.bytes > 0 && locality === 'cross-node'
    ? times(3, () => silent({ phase: 'first-byte', phases: { connect: 0.4, 'first-byte': 16_700 } }))
    : null;

test.for<[string, World]>([
  ['both get through', { target }],
  ['neither does', { target, breaks: [hello('large', inHandshake), hello('small', inHandshake)] }],
  ['the small one does not', { target, breaks: [hello('small', inHandshake)] }],
  ['no connect is made', { target, breaks: [hello('large', () => times(2, silent))] }],
  [
    'large packets vanish between nodes, whatever they carry',
    { target, breaks: [hello('large', inHandshake), largePackets] },
  ],
  ['there is no TLS', { breaks: [hello('large', inHandshake)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for([
  ['is dropped', inHandshake],
  ['is reset', reset],
] as const)('speaking: the large one %s at an entry', ([, what]) => {
  const entries = shopTarget().entries.map((entry) => ({ ...entry, port: 443 }));
  const verdict = diagnose({ target: shopTarget({ scheme: 'https', entries }), breaks: [hello('large', what)] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven' }]);
  expect(verdict.status).toBe('faulty');
});

test('speaking: what the user’s own large hello meets is claimed as well', () => {
  const users: Break = ({ probe, to }) =>
    probe.kind === 'http' && probe.tls && probe.hello === undefined && to.kind !== 'agent' ? inHandshake() : null;
  expect(diagnose({ target, breaks: [hello('large', inHandshake), users] }).findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', explains: 1 },
  ]);
});
