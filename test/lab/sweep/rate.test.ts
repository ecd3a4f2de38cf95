/** What a sweep of two hundred Services puts on the wire, counted by the kernel of each node. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SweepReport } from '../../../src/model/sweep.ts';
import { drive, type Driven } from '../drive.ts';

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
const ECHO = fileURLToPath(new URL('../echo', import.meta.url));
const SERVICES = 200;
const PER_SECOND = 20;
/** A walk through the search list is one attempt and six queries at once; a busy machine begins what it missed a moment later. */
const BURST = 8;
const LOOK_EVERY_MS = 1000;

/** Everything that pods of this node begin: connects, and DNS queries. Their own node forwards each packet once. */
const COUNTERS = (pods: string) => `table ip counted {
  counter begun { }
  chain before { type filter hook prerouting priority -350;
    ip saddr ${pods} tcp flags & (syn | ack) == syn counter name begun
    ip saddr ${pods} udp dport 53 counter name begun
  }
}`;

async function scenarioWith(services: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kprobe-rate-'));
  const names = Array.from({ length: services }, (_, number) => `server-${number}-of-many`);
  const manifests = names.map((name) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'echo' },
      spec: { selector: { app: 'server' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    }),
  );
  await writeFile(
    join(folder, 'manifests.yaml'),
    [await readFile(join(ECHO, 'manifests.yaml'), 'utf8'), ...manifests].join('\n---\n'),
  );
  await writeFile(join(folder, 'scenario.yaml'), await readFile(join(ECHO, 'scenario.yaml')));
  const targets = names.map((name) => `- svc/${name}`).join('\n');
  const budget = `budget: { probesPerSecondPerNode: ${PER_SECOND}, timeout: 150s }`;
  await writeFile(join(folder, 'sweep.yaml'), `defaults: { namespace: echo }\ntargets:\n${targets}\n${budget}\n`);
  return folder;
}

/** Packets counted on one node until now. */
async function begun(lab: Driven, node: string): Promise<number> {
  const { stdout } = await lab.run(node, 'nft', 'list', 'counter', 'ip', 'counted', 'begun');
  return Number(/packets (\d+)/u.exec(stdout)?.[1] ?? Number.NaN);
}

interface Look {
  readonly atMs: number;
  readonly packets: number;
}

test('two hundred targets are swept within the stated rate, on every node', async () => {
  const folder = await scenarioWith(SERVICES);
  await using lab = await drive({}, folder);
  expect(lab.notReady).toEqual([]);
  const nodes = ['worker-1', 'worker-2', 'worker-3'];
  for (const [index, node] of nodes.entries()) {
    const rules = COUNTERS(`10.244.${index + 1}.0/24`);
    expect(await lab.run(node, 'sh', '-c', `nft -f - <<'END'\n${rules}\nEND`)).toMatchObject({ code: 0 });
  }
  const sweep = `KUBECONFIG=${lab.kubeconfig} ${process.execPath} ${CLI} sweep -f ${folder}/sweep.yaml --history none -o json`;
  await lab.run(
    'lab',
    'sh',
    '-c',
    `(${sweep} > ${folder}/report.json 2> ${folder}/progress; echo $? > ${folder}/code) > /dev/null 2>&1 &`,
  );
  const looks = new Map<string, Look[]>(nodes.map((node) => [node, []]));
  const isOver = async () => (await readFile(join(folder, 'code'), 'utf8').catch(() => '')) !== '';
  while (!(await isOver())) {
    for (const node of nodes) looks.get(node)?.push({ packets: await begun(lab, node), atMs: performance.now() });
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const report = SweepReport.parse(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')));
  expect(report.summary).toBe(`${SERVICES} targets: ${SERVICES} healthy`);
  for (const node of nodes) {
    const seen = looks.get(node) ?? [];
    const total = (seen.at(-1)?.packets ?? 0) - (seen[0]?.packets ?? 0);
    expect(total, `${node} counted nothing to speak of`).toBeGreaterThan(SERVICES);
    for (const [index, from] of seen.entries()) {
      for (const to of seen.slice(index + 1)) {
        const allowed = (PER_SECOND * (to.atMs - from.atMs)) / 1000 + BURST;
        expect(to.packets - from.packets, `${node}, ${to.atMs - from.atMs} ms`).toBeLessThanOrEqual(allowed);
      }
    }
  }
  await rm(folder, { recursive: true });
});
