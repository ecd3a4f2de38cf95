import { expect, test, vi } from 'vitest';
import type { AgentEvent } from '../../src/place/followed-pods.ts';
import { placeAgents } from '../../src/place/place.ts';
import type { Placement } from '../../src/place/place.ts';
import { tracerAgent } from '../../src/plan/agents.ts';
import { agent, plan } from './agents.ts';
import { FakeCluster, problem } from './fake-cluster.ts';

const RUNNING = {
  phase: 'Running',
  podIPs: [{ ip: '10.1.0.5' }],
  containerStatuses: [{ state: { running: { startedAt: 'now' } } }],
};
const POD = { namespace: 'kprobe-host', name: 'kprobe-r1-0-tracer-n1' };
const INPUT = `pods ${POD.namespace}/${POD.name} agent`;

async function placed(): Promise<{ cluster: FakeCluster; placement: Placement }> {
  const cluster = new FakeCluster();
  for (const name of ['kprobe', 'kprobe-host']) cluster.put('namespaces', { metadata: { name } });
  const placement = await placeAgents({
    client: cluster.client(),
    plan: plan([tracerAgent('n1'), agent('host', 'n1')]),
    run: 'r1',
    image: 'node:24-slim',
    bundle: '// agent',
    deadlineMs: 20_000,
    reportProgress: () => {},
    signal: new AbortController().signal,
  });
  return { cluster, placement };
}

async function until(events: AsyncIterable<AgentEvent>, kind: AgentEvent['kind']): Promise<void> {
  for await (const event of events) if (event.kind === kind) return;
}

test('a tracer is held from its start until the run is over, and nobody else is', async () => {
  const { cluster, placement } = await placed();
  expect(cluster.names('pods')).toContain(`${POD.namespace}/${POD.name}`);
  expect(cluster.inputs.size).toBe(0);
  for (const name of cluster.names('pods')) cluster.setStatus({ ...POD, name: name.split('/')[1] ?? '' }, RUNNING);
  await vi.waitFor(() => expect(cluster.inputs.get(INPUT)?.words).toBeGreaterThan(0));
  expect([...cluster.inputs.keys()]).toEqual([INPUT]);
  await placement[Symbol.asyncDispose]();
  expect(cluster.inputs.get(INPUT)?.isOpen).toBe(false);
});

test('it goes on saying that it is there', async () => {
  const { cluster, placement } = await placed();
  cluster.setStatus(POD, RUNNING);
  await vi.waitFor(() => expect(cluster.inputs.get(INPUT)?.words).toBeGreaterThanOrEqual(3), { timeout: 10_000 });
  await placement[Symbol.asyncDispose]();
});

test('whose pod somebody deletes is let go of at once: its process may not have heard', async () => {
  const { cluster, placement } = await placed();
  cluster.setStatus(POD, RUNNING);
  await vi.waitFor(() => expect(cluster.inputs.get(INPUT)?.isOpen).toBe(true));
  await cluster.client().delete({ group: '', version: 'v1', plural: 'pods', namespaced: true }, POD);
  await vi.waitFor(() => expect(cluster.inputs.get(INPUT)?.isOpen).toBe(false));
  await placement[Symbol.asyncDispose]();
});

test('without the right it does nothing, and that is said', async () => {
  const { cluster, placement } = await placed();
  cluster.mood = (verb) => (verb === 'hold' ? problem(403, 'Forbidden', 'cannot create pods/attach') : null);
  cluster.setStatus(POD, RUNNING);
  await until(placement.events(), 'running');
  await vi.waitFor(() =>
    expect(placement.limitations()).toContainEqual({
      what: 'agent tracer@n1',
      because: 'its standard input cannot be held, so it does nothing: cannot create pods/attach',
      subject: { kind: 'agent', agent: 'tracer@n1' },
    }),
  );
  expect(cluster.calls.filter((call) => call.startsWith('hold '))).toHaveLength(1);
  await placement[Symbol.asyncDispose]();
});
