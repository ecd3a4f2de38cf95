/** The scheduled sweep as `kprobe install` makes it: it runs by itself, remembers across pods, and tells people where they look. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventsV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProgram } from '../publish/programs/program.ts';
import { realCluster, until, type RealCluster } from './cluster.ts';
import { startKprobe } from './kprobe.ts';
import { hasNodeShell, onNode } from './node-shell.ts';
import { FOLDER, VOLUME, volume } from './volume.ts';
import { admitsOnly, namespace, service, workload } from './workloads.ts';

const SPACE = 'kprobe-e2e-cron';
/** kprobe's own image, on every node or to be pulled; and an address of this machine that pods reach. */
const IMAGE = process.env['KPROBE_E2E_OWN_IMAGE'] ?? '';
const OUTSIDE = process.env['KPROBE_E2E_OUTSIDE'] ?? '';
const LACKS = [
  ...(IMAGE === '' ? ["KPROBE_E2E_OWN_IMAGE, kprobe's own image"] : []),
  ...(OUTSIDE === '' ? ['KPROBE_E2E_OUTSIDE, an address of this machine that pods reach'] : []),
  ...(hasNodeShell ? [] : ['KPROBE_E2E_NODE_SHELL, to make a folder for the volume']),
];
/** A turn of the schedule, a sweep, and its pods. */
const TURN_MS = 200_000;

const WORKLOADS = [
  namespace(SPACE),
  workload('Deployment', SPACE, 'ledger'),
  service(SPACE, 'ledger'),
  workload('Deployment', SPACE, 'till'),
];
let cluster: RealCluster;

beforeAll(async () => {
  cluster = await realCluster();
});

afterAll(async () => {
  if (LACKS.length > 0) return process.stderr.write(`e2e: NOT RUN the scheduled sweep: needs ${LACKS.join('; ')}\n`);
  await kprobe('uninstall', '--delete-history');
  await cluster.remove([...WORKLOADS, volume('')]);
});

test('sweeps by itself, remembers across pods, and tells what is new', { timeout: 3 * TURN_MS }, async ({ skip }) => {
  if (LACKS.length > 0) skip(LACKS.join('; '));
  await cluster.apply(WORKLOADS);
  await cluster.rolledOut([SPACE]);
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node takes pods');
  await onNode(node, 1, { command: `mkdir -p ${FOLDER}`, input: '' });
  await cluster.apply([volume(node.name)]);
  await using gateway = await startProgram(
    'prometheus-pushgateway',
    (address) => [`--web.listen-address=${address}`, '--log.level=error'],
    OUTSIDE,
  );

  await installed(gateway.url);
  const first = await sweepThatSays('healthy', new Set());
  await cluster.apply([admitsOnly(SPACE, 'ledger', 'invoicer')]);
  const second = await sweepThatSays('does not admit', new Set([first.pod]));

  expect(second.pod).not.toBe(first.pod);
  expect(second.log).toMatch(/new/i);
  const events = await cluster.config.makeApiClient(EventsV1Api).listNamespacedEvent({ namespace: SPACE });
  const own = events.items.filter(({ reportingController }) => reportingController?.startsWith('kprobe'));
  expect(own.map(({ type, regarding }) => `${type} ${regarding?.kind}/${regarding?.name}`)).toContain(
    'Warning Service/ledger',
  );
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/^kprobe_finding\{[^}]*diagnosis="policy-denies-ingress"/m);
  expect(metrics).toMatch(/^kprobe_target_state\{[^}]*state="faulty"[^}]*\} 1$/m);
  const { stdout } = await kprobe('doctor');
  expect(stdout).toMatch(/sweep/i);
});

async function installed(gateway: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-cron-'));
  const file = join(folder, 'sweep.yaml');
  const target = { target: 'svc/ledger', namespace: SPACE, from: `${SPACE}/till` };
  const sweep = { targets: [target], notify: { events: true, pushgateway: { url: gateway } } };
  await writeFile(file, JSON.stringify(sweep));
  const asked = ['--schedule', '* * * * *', '-f', file, '--image', IMAGE, '--storage-class', VOLUME];
  const { exitCode, stderr } = await kprobe('install', ...asked, '--twins', SPACE, '--cluster-name', 'e2e');
  await rm(folder, { recursive: true });
  expect(exitCode, `${stderr}`).toBe(0);
}

/** The first finished sweep in a pod that is not among these and says this. */
async function sweepThatSays(word: string, but: ReadonlySet<string>): Promise<{ pod: string; log: string }> {
  const heard = new Map<string, string>();
  const found = () => [...heard].find(([pod, log]) => !but.has(pod) && log.includes(word));
  await until(
    `a sweep says ${word}`,
    async () => {
      for (const { name } of await endedSweeps()) {
        if (!heard.has(name)) heard.set(name, await cluster.core.readNamespacedPodLog({ name, namespace: 'kprobe' }));
      }
      return found() !== undefined;
    },
    TURN_MS,
  ).catch((cause: unknown) => {
    throw new Error(`no sweep said ${word}; they said: ${JSON.stringify([...heard])}`, { cause });
  });
  const [pod = '', log = ''] = found() ?? [];
  return { pod, log };
}

async function endedSweeps(): Promise<{ name: string }[]> {
  const labelSelector = 'app.kubernetes.io/component=sweep';
  const { items } = await cluster.core.listNamespacedPod({ namespace: 'kprobe', labelSelector });
  const over = items.filter(({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed');
  return over.flatMap(({ metadata }) => (metadata?.name === undefined ? [] : [{ name: metadata.name }]));
}

async function kprobe(...args: string[]) {
  return startKprobe(args).ended;
}
