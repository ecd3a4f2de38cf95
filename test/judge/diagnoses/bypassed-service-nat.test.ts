import { expect, test } from 'vitest';
import { pod } from '../breaks.ts';
import { sample, silent, times } from '../make.ts';
import { nodeFacts } from '../node-facts.ts';
import type { Reading } from '../node-facts.ts';
import { diagnose, findingOf, serviceOnly, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'bypassed-service-nat';
/** Half of the connects to the Service's address from this node come to nothing; `resets`: the client's kernel reset a stranger. */
const halfFrom =
  (nodes: readonly string[], resets: number): Break =>
  (path, from) => {
    if (path.to.kind !== 'service' || !nodes.includes(from.node ?? '')) return null;
    const fine = () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 });
    return [...times(2, fine), ...times(3, () => silent({ counters: { 'Tcp.OutRsts': resets } }))];
  };
const setting = (value: number | null): Reading => {
  const bridge = value === null ? null : { 'bridge-nf-call-iptables': value };
  return { start: { bridge }, end: { bridge } };
};
const asked = (breaks: Break[], reading: Reading = setting(0)) => ({
  target: serviceOnly(),
  breaks,
  over: { nodeFacts: nodeFacts({ 'worker-1': reading, 'worker-3': reading }) },
});

test.for<[string, Break[]]>([
  ['bridged packets pass no rules, and everything answers', []],
  ['connects are silent, and nobody was reset', [halfFrom(['worker-1'], 0)]],
  ['the node has no endpoint of its own', [halfFrom(['worker-3'], 2)]],
  ['the nodes without an endpoint have it too', [halfFrom(['worker-1', 'worker-2', 'worker-3'], 2)]],
  ['the endpoint is dead by itself', [halfFrom(['worker-1'], 2), pod(web[0]!)]],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, asked(breaks))).toBeNull();
});

test.for([0, null])(
  'speaking: strangers answer where the node has an endpoint (bridge-nf-call-iptables %s)',
  (value) => {
    const verdict = diagnose(asked([halfFrom(['worker-1'], 2)], setting(value)));
    expect(verdict.findings[0]).toMatchObject({
      diagnosis: id,
      certainty: 'proven',
      object: { kind: 'Node', name: 'worker-1' },
    });
  },
);

test('bridged packets pass the rules: then something else bypasses the translation, and it is likely only', () => {
  expect(findingOf(id, asked([halfFrom(['worker-1'], 2)], setting(1)))).toMatchObject({ certainty: 'likely' });
});

test('nobody read the node: likely only', () => {
  const world = { target: serviceOnly(), breaks: [halfFrom(['worker-1'], 2)] };
  expect(findingOf(id, world)).toMatchObject({ certainty: 'likely' });
});
