import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drive, type Driven } from './drive.ts';
import { newborn, type Asked } from './newborn.ts';

/** Nobody may reach the servers but the peers of these rules. */
const closed = (rules: object[]) => ({
  metadata: { name: 'closed', namespace: 'echo' },
  spec: { podSelector: { matchLabels: { app: 'server' } }, policyTypes: ['Ingress'], ingress: rules },
});
/** What these labels send is admitted to nobody but these rules' peers. */
const mute = (app: string, rules: object[] = []) => ({
  metadata: { name: 'mute', namespace: 'echo' },
  spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Egress'], egress: rules },
});
/** A Service of one pod, so that it is certain who answers. */
const own = {
  metadata: { name: 'own', namespace: 'echo' },
  spec: {
    clusterIP: '10.96.77.9',
    selector: { 'statefulset.kubernetes.io/pod-name': 'server-0' },
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
  },
};
const NOBODY = 65_534;
const block = (address: string) => [{ from: [{ ipBlock: { cidr: `${address}/32` } }] }];

/** Rules follow the store after 20 ms of quiet; a client takes longer than that to start, but not by much. */
const applied = async (lab: Driven) => void (await lab.run('lab', 'sleep', '0.5'));

/** Asks over one connection every 100 ms and counts answers before 0.9 s and after 2 s; the policy comes in between. */
const KEPT = `
const begun = performance.now();
const counts = { early: 0, late: 0, end: "open" };
const socket = require("net").connect(8080, process.argv[1]);
socket.on("data", () => {
  const ms = performance.now() - begun;
  if (ms < 900) counts.early += 1;
  if (ms > 2000) counts.late += 1;
}).on("error", (error) => (counts.end = error.code)).on("close", () => { if (counts.end === "open") counts.end = "closed"; });
setInterval(() => socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"), 100);
setTimeout(() => { console.log(JSON.stringify(counts)); process.exit(0); }, 3000);`;

describe.each([
  { profile: 'calico', refusal: 'silent', hairpin: 'silent', user: null, established: true, bridge: false },
  { profile: 'kube-router', refusal: 'ECONNREFUSED', hairpin: null, user: null, established: true, bridge: true },
  {
    profile: 'kube-network-policies',
    refusal: 'silent',
    hairpin: 'silent',
    user: 'silent',
    established: false,
    bridge: true,
  },
  { profile: 'flannel', refusal: null, hairpin: null, user: null, established: true, bridge: true },
])('NetworkPolicy as $profile enforces it', ({ profile, refusal, hairpin, user, established, bridge }) => {
  let lab: Driven;
  beforeAll(async () => void (lab = await drive({ profile })));
  afterAll(async () => lab[Symbol.asyncDispose]());

  const ask = async (from: string, options?: { user: number }) =>
    (await lab.fetch(from, `http://${lab.pod('server-0').address}:8080/`, options)).code;
  const home = () => lab.pod('server-0').node;
  const elsewhere = () => ['worker-1', 'worker-2', 'worker-3'].find((node) => node !== home()) ?? 'none';
  const homeNumber = () => Number(home().at(-1));

  test('nobody is refused without a policy', async () => {
    expect(await ask(lab.clientOn(elsewhere()))).toBeNull();
    expect(await ask(home(), { user: NOBODY })).toBeNull();
  });

  test("a pod sees its own node by the bridge's address, where there is a bridge, and another by its overlay address", async () => {
    const seenFrom = async (node: string) =>
      (await lab.fetch(node, `http://${lab.pod('server-0').address}:8080/`)).body.split(' ').at(-1);
    expect(await seenFrom(home())).toBe(bridge ? `10.244.${homeNumber()}.1` : `172.30.0.1${homeNumber()}`);
    expect(await seenFrom(elsewhere())).toBe(`10.244.${elsewhere().at(-1)}.0`);
  });

  test('a policy without rules refuses pods and other nodes, and never root of the own node', async () => {
    await lab.put('networkpolicies', closed([]));
    await applied(lab);
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
    expect(await ask(lab.clientOn(home()))).toBe(refusal);
    expect(await ask(elsewhere())).toBe(refusal);
    expect(await ask(home())).toBeNull();
  });

  test('whether another user of the own node passes is up to the engine', async () => {
    expect(await ask(home(), { user: NOBODY })).toBe(user);
    expect(await ask(elsewhere(), { user: NOBODY })).toBe(refusal);
  });

  test('whether a pod reaches itself through its Service is up to the engine', async () => {
    await lab.put('services', own);
    await applied(lab);
    expect((await lab.fetch('server-0', 'http://10.96.77.9/')).code).toBe(hairpin);
  });

  test('a peer that selects all pods lets pods in, and no node', async () => {
    await lab.put('networkpolicies', closed([{ from: [{ namespaceSelector: {} }] }]));
    await applied(lab);
    expect(await ask(lab.clientOn(elsewhere()))).toBeNull();
    expect(await ask(elsewhere())).toBe(refusal);
    expect(await ask(home(), { user: NOBODY })).toBe(user);
  });

  test("a block with the node's overlay address lets that node in, and with its own address does not", async () => {
    await lab.put('networkpolicies', closed(block(`172.30.0.1${elsewhere().at(-1)}`)));
    await applied(lab);
    expect(await ask(elsewhere())).toBe(refusal);
    await lab.put('networkpolicies', closed(block(`10.244.${elsewhere().at(-1)}.0`)));
    await applied(lab);
    expect(await ask(elsewhere())).toBeNull();
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
  });

  test('a port by name is the one that the destination calls so, also through the Service', async () => {
    await lab.put('networkpolicies', closed([{ ports: [{ port: 'http' }] }]));
    await applied(lab);
    expect(await ask(lab.clientOn(elsewhere()))).toBeNull();
    expect((await lab.fetch(lab.clientOn(elsewhere()), 'http://10.96.77.1/')).code).toBeNull();
    await lab.put('networkpolicies', closed([{ ports: [{ port: 'https' }] }]));
    await applied(lab);
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
  });

  test('egress is refused where the packets leave, also to the own node', async () => {
    await lab.put('networkpolicies', closed([{}]));
    await lab.put('networkpolicies', mute('client'));
    await applied(lab);
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
    const toNode = await lab.fetch(lab.clientOn('worker-1'), 'http://172.30.0.11:30779/');
    expect(toNode.code).toBe(refusal ?? 'ECONNREFUSED');
  });

  test('a port by name beside a block means the pods of the block that have one, or nobody', async () => {
    const rule = (cidr: string) => ({ to: [{ ipBlock: { cidr } }], ports: [{ port: 'http' }] });
    await lab.put('networkpolicies', mute('client', [rule('10.244.0.0/16')]));
    await applied(lab);
    const isMeant = profile === 'calico' || profile === 'kube-network-policies';
    expect(await ask(lab.clientOn(elsewhere()))).toBe(isMeant ? null : refusal);
    await lab.put('networkpolicies', mute('client', [rule('10.245.0.0/16')]));
    await applied(lab);
    expect(await ask(lab.clientOn(elsewhere()))).toBe(refusal);
    await lab.put('networkpolicies', mute('client', [{}]));
  });

  test('what a new policy does to an established connection is up to the engine', async () => {
    await lab.put('networkpolicies', closed([{}]));
    await applied(lab);
    const client = lab.clientOn(elsewhere());
    const file = '/run/kprobe-lab/tmp/kept';
    const command = `"$0" -e '${KEPT}' ${lab.pod('server-0').address} > ${file} 2>&1 < /dev/null &`;
    await lab.run(client, 'sh', '-c', command, process.execPath);
    await lab.run('lab', 'sleep', '1');
    await lab.put('networkpolicies', closed([]));
    await lab.run('lab', 'sleep', '3');
    const kept: { early: number; late: number; end: string } = JSON.parse((await lab.run('lab', 'cat', file)).stdout);
    expect(kept.early).toBeGreaterThan(0);
    expect(kept.late > 0).toBe(established);
    expect(kept.end).toBe('open');
  });
});

describe('kube-network-policies on its own node', () => {
  let lab: Driven;
  beforeAll(async () => void (lab = await drive({ profile: 'kube-network-policies' })));
  afterAll(async () => lab[Symbol.asyncDispose]());

  test('judges the address before SNAT: through a ClusterIP not the one that the pod sees', async () => {
    const server = lab.pod('server-0');
    const [number] = server.node.slice(-1);
    await lab.put('services', own);
    await lab.put('networkpolicies', closed(block(`172.30.0.1${number}`)));
    await applied(lab);
    const throughService = await lab.fetch(server.node, 'http://10.96.77.9/', { user: NOBODY });
    expect(throughService).toMatchObject({ code: null, body: `server-0 10.244.${number}.1` });
    const straight = await lab.fetch(server.node, `http://${server.address}:8080/`, { user: NOBODY });
    expect(straight.code).toBe('silent');
  });

  test("straight to the pod it judges the bridge's address", async () => {
    const server = lab.pod('server-0');
    await lab.put('networkpolicies', closed(block(`10.244.${server.node.at(-1)}.1`)));
    await applied(lab);
    const straight = await lab.fetch(server.node, `http://${server.address}:8080/`, { user: NOBODY });
    expect(straight.code).toBeNull();
  });
});

test("kube-router's refusals are rationed by the kernel: a burst is refused in part, and in part meets silence", async () => {
  await using lab = await drive({ profile: 'kube-router' });
  await lab.put('networkpolicies', closed([]));
  await applied(lab);
  const far = lab.pods.find(({ name, node }) => name.startsWith('client-') && node !== lab.pod('server-0').node);
  const burst = await lab.run(
    far?.name ?? 'none',
    process.execPath,
    '-e',
    `const results = Array.from({ length: 30 }, () => new Promise((resolve) => {
      const socket = require("net").connect(8080, process.argv[1]);
      socket.on("connect", () => resolve("connected")).on("error", (error) => resolve(error.code));
      setTimeout(() => resolve("silent"), 500);
    }));
    Promise.all(results).then((all) => { console.log(JSON.stringify(all)); process.exit(0); });`,
    lab.pod('server-0').address,
  );
  const codes: string[] = JSON.parse(burst.stdout);
  expect(new Set(codes)).toEqual(new Set(['ECONNREFUSED', 'silent']));
  expect(codes.filter((code) => code === 'ECONNREFUSED').length).toBeLessThan(15);
});

/** When the first try began that came out so, by the newborn's own clock; infinite where none did. */
const firstMs = (asked: readonly Asked[], wanted: (code: string | null) => boolean) =>
  Math.min(...asked.filter(({ code }) => wanted(code)).map(({ atMs }) => atMs));
const lastMs = (asked: readonly Asked[], wanted: (code: string | null) => boolean) =>
  Math.max(...asked.filter(({ code }) => wanted(code)).map(({ atMs }) => atMs));
const isAnswer = (code: string | null) => code === null;
const isDenial = (code: string | null) => code !== null;

/** Its process starts after its network, here mostly within half a second; a busy machine takes longer. */
const SLACK_MS = 800;

describe('a new pod', () => {
  test.each([
    { profile: 'calico', openMs: 0 },
    { profile: 'kube-router', openMs: 1000 },
    { profile: 'kube-network-policies', openMs: 2000 },
  ])('under $profile its egress is open for $openMs ms, and denied from then on', async ({ profile, openMs }) => {
    await using lab = await drive({ profile });
    await lab.put('networkpolicies', mute('newborn'));
    const asked = await newborn(lab, { forMs: 4000 });
    expect(asked.length).toBeGreaterThan(10);
    expect(firstMs(asked, isAnswer) < firstMs(asked, isDenial)).toBe(openMs > 0);
    expect(asked.some(({ code }) => isAnswer(code))).toBe(openMs > 0);
    expect(lastMs(asked, isAnswer)).toBeLessThan(openMs + SLACK_MS);
    expect(firstMs(asked, isDenial)).toBeGreaterThan(openMs - SLACK_MS);
  });

  test.each([
    { profile: 'calico', unmatchedMs: 0 },
    { profile: 'kube-router', unmatchedMs: 850 },
    { profile: 'kube-network-policies', unmatchedMs: 500 },
  ])('under $profile selectors find it after $unmatchedMs ms', async ({ profile, unmatchedMs }) => {
    await using lab = await drive({ profile });
    await lab.put('networkpolicies', closed([{ from: [{ podSelector: { matchLabels: { app: 'newborn' } } }] }]));
    const asked = await newborn(lab, { forMs: 3000 });
    expect(lastMs(asked, isDenial)).toBeLessThan(unmatchedMs + SLACK_MS);
    expect(lastMs(asked, isAnswer)).toBeGreaterThan(2000);
    const isDeniedFirst = firstMs(asked, isDenial) < firstMs(asked, isAnswer);
    // Half a second may be over before the process of the pod runs; the other engines leave no doubt.
    expect(profile === 'kube-network-policies' || isDeniedFirst === unmatchedMs > 0).toBe(true);
  });

  test('a late agent that denies newborns lets nothing out before it knows them, with no policy at all', async () => {
    await using lab = await drive({ policyAgent: { learnsAfter: 3, newborn: 'denied' } });
    const asked = await newborn(lab, { forMs: 6000 });
    expect(firstMs(asked, isDenial)).toBeLessThan(firstMs(asked, isAnswer));
    expect(firstMs(asked, isAnswer)).toBeGreaterThan(3000 - SLACK_MS);
    expect(lastMs(asked, isDenial)).toBeLessThan(3000 + SLACK_MS);
  });

  test('a late agent that leaves newborns open denies what policies deny only when it knows them', async () => {
    await using lab = await drive({ policyAgent: { learnsAfter: 3, newborn: 'open' } });
    await lab.put('networkpolicies', mute('newborn'));
    const asked = await newborn(lab, { forMs: 6000 });
    expect(firstMs(asked, isAnswer)).toBeLessThan(firstMs(asked, isDenial));
    expect(firstMs(asked, isDenial)).toBeGreaterThan(3000 - SLACK_MS);
    expect(lastMs(asked, isAnswer)).toBeLessThan(3000 + SLACK_MS);
  });
});
