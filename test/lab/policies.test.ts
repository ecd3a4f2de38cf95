import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drive, type Driven } from './drive.ts';

/** Nobody may reach the servers but the client on worker-1's node, by label. */
const closed = (rules: object[]) => ({
  metadata: { name: 'closed', namespace: 'echo' },
  spec: { podSelector: { matchLabels: { app: 'server' } }, policyTypes: ['Ingress'], ingress: rules },
});

describe.each([
  { profile: 'calico', refusal: 'silent' },
  { profile: 'kube-router', refusal: 'ECONNREFUSED' },
  { profile: 'flannel', refusal: null },
])('NetworkPolicy as $profile enforces it', ({ profile, refusal }) => {
  let lab: Driven;
  beforeAll(async () => void (lab = await drive({ profile })));
  afterAll(async () => lab[Symbol.asyncDispose]());

  const ask = async (from: string, server = 'server-0') =>
    (await lab.fetch(from, `http://${lab.pod(server).address}:8080/`)).code;
  const elsewhere = () =>
    ['worker-1', 'worker-2', 'worker-3'].find((node) => node !== lab.pod('server-0').node) ?? 'none';

  test('nobody is refused without a policy', async () => {
    expect(await ask(lab.clientOn(elsewhere()))).toBeNull();
  });

  test('a policy without rules refuses pods and other nodes, and never the own node', async () => {
    await lab.put('networkpolicies', closed([]));
    await settled();
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
    expect(await ask(lab.clientOn(lab.pod('server-0').node))).toBe(refusal);
    expect(await ask(elsewhere())).toBe(refusal);
    expect(await ask(lab.pod('server-0').node)).toBeNull();
  });

  test('a peer that selects all pods lets pods in, and no node', async () => {
    await lab.put('networkpolicies', closed([{ from: [{ namespaceSelector: {} }] }]));
    await settled();
    expect(await ask(lab.clientOn(elsewhere()))).toBeNull();
    expect(await ask(elsewhere())).toBe(refusal);
  });

  test("a block with the node's overlay address lets that node in", async () => {
    const cidr = `10.244.${elsewhere().at(-1)}.0/32`;
    await lab.put('networkpolicies', closed([{ from: [{ ipBlock: { cidr } }] }]));
    await settled();
    expect(await ask(elsewhere())).toBeNull();
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
  });

  test('a port by name is the one that the destination calls so, also through the Service', async () => {
    await lab.put('networkpolicies', closed([{ ports: [{ port: 'http' }] }]));
    await settled();
    expect(await ask(lab.clientOn(elsewhere()))).toBeNull();
    expect((await lab.fetch(lab.clientOn(elsewhere()), 'http://10.96.77.1/')).code).toBeNull();
    await lab.put('networkpolicies', closed([{ ports: [{ port: 'https' }] }]));
    await settled();
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
  });

  test('egress is refused where the packets leave, also to the own node', async () => {
    await lab.put('networkpolicies', closed([{}]));
    const spec = { podSelector: { matchLabels: { app: 'client' } }, policyTypes: ['Egress'] };
    await lab.put('networkpolicies', { metadata: { name: 'mute', namespace: 'echo' }, spec });
    await settled();
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
    const own = await lab.fetch(lab.clientOn('worker-1'), 'http://172.30.0.11:30779/');
    expect(own.code).toBe(refusal ?? 'ECONNREFUSED');
  });

  /** Rules follow the store after 20 ms of quiet; a client takes longer than that to start, but not by much. */
  const settled = async () => void (await lab.run('lab', 'sleep', '0.5'));
});
