import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drive, type Driven } from './drive.ts';

describe.each([
  { overlay: 'vxlan', seenFrom: '10.244.1.0' },
  { overlay: 'host-gw', seenFrom: '172.30.0.11' },
])('the network over $overlay', ({ overlay, seenFrom }) => {
  let lab: Driven;
  beforeAll(async () => void (lab = await drive({ overlay })));
  afterAll(async () => lab[Symbol.asyncDispose]());

  test('every pod of the scenario is ready', () => expect(lab.notReady).toEqual([]));

  test('a pod sees the address of another node as that node sends into the overlay', async () => {
    const remote = [lab.pod('server-0'), lab.pod('server-1')].find(({ node }) => node !== 'worker-1')!;
    const { body } = await lab.fetch('worker-1', `http://${remote.address}:8080/`);
    expect(body).toBe(`${remote.name} ${seenFrom}`);
  });

  test('a pod sees the address of its own node when that node asks', async () => {
    const { address, node } = lab.pod('server-0');
    const { body } = await lab.fetch(node, `http://${address}:8080/`);
    expect(body).toBe(`server-0 172.30.0.1${node.at(-1)}`);
  });

  test('pods see each other unchanged, on the same node and across', async () => {
    const { address } = lab.pod('server-0');
    for (const node of ['worker-1', 'worker-2', 'worker-3']) {
      const client = lab.pod(lab.clientOn(node));
      const { body } = await lab.fetch(client.name, `http://${address}:8080/`);
      expect(body).toBe(`server-0 ${client.address}`);
    }
  });

  test('a pod that leaves the cluster wears the address of its node', async () => {
    const { body } = await lab.fetch(lab.clientOn('worker-2'), 'http://172.30.0.1/');
    expect(body).toBe('outside saw 172.30.0.12\n');
  });

  test('pod and Service addresses are out of reach from outside the cluster', async () => {
    expect((await lab.fetch('lab', `http://${lab.pod('server-0').address}:8080/`)).code).toBe('ENETUNREACH');
    expect((await lab.fetch('lab', 'http://10.96.77.1/')).code).toBe('ENETUNREACH');
  });

  test('a Service spreads over its endpoints, from pods and from nodes', async () => {
    for (const from of [lab.clientOn('worker-1'), 'worker-3']) {
      const answers = await Promise.all(Array.from({ length: 14 }, () => lab.fetch(from, 'http://10.96.77.1/')));
      expect(new Set(answers.map(({ body }) => body.split(' ')[0]))).toEqual(new Set(['server-0', 'server-1']));
    }
  });

  test('a pod reaches itself through its Service', async () => {
    const answers = await Promise.all(Array.from({ length: 14 }, () => lab.fetch('server-0', 'http://10.96.77.1/')));
    expect(answers.map(({ body }) => body.split(' ')[0])).toContain('server-0');
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test('a Service without endpoints refuses at once, and an address without Service stays silent', async () => {
    const refused = await lab.fetch(lab.clientOn('worker-1'), 'http://10.96.77.3/');
    expect(refused.code).toBe('ECONNREFUSED');
    expect(refused.ms).toBeLessThan(900);
    expect((await lab.fetch(lab.clientOn('worker-1'), 'http://10.96.77.9/')).code).toBe('silent');
  });

  test('a node port answers on every node, unless only local endpoints count', async () => {
    const bare = ['worker-1', 'worker-2', 'worker-3'].find(
      (node) => ![lab.pod('server-0').node, lab.pod('server-1').node].includes(node),
    )!;
    const address = `172.30.0.1${bare.at(-1)}`;
    expect((await lab.fetch('lab', `http://${address}:30777/`)).status).toBe(200);
    expect((await lab.fetch('lab', `http://${address}:30778/`)).code).toBe('silent');
    const home = `172.30.0.1${lab.pod('server-0').node.at(-1)}`;
    expect((await lab.fetch('lab', `http://${home}:30778/`)).body).toBe('server-0 172.30.0.1');
  });
});
