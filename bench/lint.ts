/**
 * `npm run bench:lint`: 2,000 policies over 20,000 pods are read and judged in at most 3 s of CPU and 500 MB, spread over namespaces or all in
 * one, as files over a cluster or as files alone. Exits 1 where that is not so. Each case runs in a process of its own, so that
 * memory is its own.
 */
import { spawnSync } from 'node:child_process';
import { readDocuments } from '../src/manifests/documents.ts';
import { declaredCluster } from '../src/discover/declared.ts';
import { lint } from '../src/lint/lint.ts';
import type { Cluster, Pod } from '../src/model/cluster.ts';
import { cluster, namespace, node, pod, service } from '../test/judge/make.ts';

const POLICIES = 2000;
const PODS = 20_000;
const LIMIT = { ms: 3000, megabytes: 500 };
const CASES = {
  'policies in files, over the pods of a cluster in 100 namespaces': { spaces: 100, podsOfOne: 4, inFiles: false },
  'policies in files, over the pods of a cluster in one namespace': { spaces: 1, podsOfOne: 4, inFiles: false },
  'policies in files, every pod with labels of its own': { spaces: 20, podsOfOne: 1, inFiles: false },
  'policies and workloads in files, five pods a workload': { spaces: 100, podsOfOne: 5, inFiles: true },
} as const;
type Case = (typeof CASES)[keyof typeof CASES];

const say = (line: string) => process.stdout.write(`${line}\n`);
const [, , name] = process.argv;
if (name === undefined) process.exitCode = Object.keys(CASES).map(apart).every(Boolean) ? 0 : 1;
else await measured(name, CASES[name as keyof typeof CASES]);

function apart(each: string): boolean {
  const { status } = spawnSync(process.execPath, [new URL(import.meta.url).pathname, each], { stdio: 'inherit' });
  return status === 0;
}

async function measured(label: string, given: Case): Promise<void> {
  const base = given.inFiles ? null : live(given);
  const text = `${policies(given)}${given.inFiles ? workloads(given) : ''}`;
  const [began, before] = [performance.now(), process.cpuUsage()];
  const { manifests } = readDocuments(text, 'all.yaml');
  const {
    cluster: whole,
    templates,
    opaque,
  } = await declaredCluster(
    manifests.map(({ object }) => object),
    base,
  );
  const isSubject = ({ kind }: { kind: string }) => kind === 'NetworkPolicy' || given.inFiles;
  const { findings } = lint({ cluster: whole, isWhole: base !== null, templates, opaque, isSubject }, () => null);
  const { user, system } = process.cpuUsage(before);
  // Of the processor, not of the clock: other work on the machine is none of ours.
  const ms = (user + system) / 1000;
  const waited = ((performance.now() - began) / 1000).toFixed(1);
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const size = (text.length / 2 ** 20).toFixed(1);
  say(
    `${label}: ${(ms / 1000).toFixed(2)} s of CPU (${waited} s by the clock), ${megabytes.toFixed(0)} MB, ${findings.length} findings (${size} MiB of YAML)`,
  );
  // One policy in a hundred has a typo: a lint that looks at nothing is quick.
  if (findings.length < POLICIES / 100) throw new Error('it did not find what is wrong');
  if (ms > LIMIT.ms || megabytes > LIMIT.megabytes) process.exitCode = 1;
}

function workloadsOf({ podsOfOne }: Case): number {
  return PODS / podsOfOne;
}

function spaceOf({ spaces }: Case, index: number): string {
  return `space-${index % spaces}`;
}

/** Each namespace has workloads of each tier. */
function tierOf(workload: number): number {
  return Math.floor(workload / 100) % 10;
}

function live(given: Case): Cluster {
  const pods: Pod[] = Array.from({ length: PODS }, (_, index) => {
    const workload = Math.floor(index / given.podsOfOne);
    return pod({
      namespace: spaceOf(given, workload),
      name: `app-${workload}-${index}`,
      labels: { app: `app-${workload}`, tier: `tier-${tierOf(workload)}`, 'pod-template-hash': 'abcdef' },
      node: `worker-${index % 100}`,
      addresses: [`10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`],
      owner: { kind: 'ReplicaSet', name: `app-${workload}-abcdef` },
    });
  });
  return cluster({
    pods,
    nodes: Array.from({ length: 100 }, (_, index) => node({ name: `worker-${index}` })),
    namespaces: Array.from({ length: given.spaces }, (_, index) => namespace(`space-${index}`)),
    services: Array.from({ length: 2000 }, (_, index) =>
      service({
        namespace: spaceOf(given, index),
        name: `app-${index}`,
        selector: { app: `app-${index}` },
        clusterIps: [`10.96.${index >> 8}.${index & 255}`],
      }),
    ),
  });
}

function policies(given: Case): string {
  return Array.from({ length: POLICIES }, (_, index) => {
    const typo = index % 100 === 0 ? 'ap-' : 'app-';
    const peer = (index + given.spaces) % workloadsOf(given);
    return `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: policy-${index}, namespace: ${spaceOf(given, index)}}
spec:
  podSelector:
    matchLabels:
      app: ${typo}${index}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {matchLabels: {app: app-${peer}}}
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${spaceOf(given, index + 1)}}}
    ports: [{protocol: TCP, port: http}]
  egress:
  - to: [{podSelector: {matchExpressions: [{key: tier, operator: In, values: [tier-1, tier-2]}]}}]
  - ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
`;
  }).join('');
}

function workloads(given: Case): string {
  return Array.from(
    { length: workloadsOf(given) },
    (_, index) => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app-${index}, namespace: ${spaceOf(given, index)}}
spec:
  replicas: ${given.podsOfOne}
  selector: {matchLabels: {app: app-${index}}}
  template:
    metadata: {labels: {app: app-${index}, tier: tier-${tierOf(index)}}}
    spec:
      containers:
      - name: main
        image: example.com/app:1
        ports: [{name: http, containerPort: 8080}]
`,
  ).join('');
}
