/** Runs that are killed, and runs at the same time: nothing runs past its deadline, nothing stays, nobody is disturbed. */
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realCluster, until, type RealCluster } from './cluster.ts';
import { diagnose, startKprobe } from './kprobe.ts';
import { deniedClient, askDeniedClient } from './workloads.ts';

const SPACE = 'kprobe-e2e-kill';
const KILLS = Number(process.env['KPROBE_E2E_KILLS'] ?? 3);
const ASKED = [...askDeniedClient(SPACE), '--timeout', '15s'];
/** A run of this takes about ten seconds: its start, its middle and its farewell are all hit. */
const LATEST_MS = 12_000;
/** How late a kubelet may be: it looks at deadlines when it looks at pods, and stops their processes then. */
const SLACK_MS = 15_000;
const SECOND_MS = 1000;
/** Longer than any pod lasts here: its agent's time, a minute to start, and slack. */
const ALL_OVER_MS = 120_000;

const MANIFESTS = deniedClient(SPACE);
let cluster: RealCluster;

beforeAll(async () => {
  cluster = await realCluster();
  await cluster.apply(MANIFESTS);
  await cluster.rolledOut([SPACE]);
});

afterAll(() => cluster.remove(MANIFESTS));

test('two runs at once give the same verdict and leave nothing', async () => {
  const both = await Promise.all([diagnose(askDeniedClient(SPACE)), diagnose(askDeniedClient(SPACE))]);
  const found = both.map(({ verdict, stderr }) => verdict?.findings[0]?.diagnosis ?? stderr);
  expect(found).toEqual(['policy-denies-ingress', 'policy-denies-ingress']);
  for (const { verdict } of both) expect(await cluster.leftovers(verdict?.run.id)).toEqual([]);
});

test('cleanup removes what a killed run left, at once', async () => {
  const run = await killedAt(6000);
  expect(run).not.toBeNull();
  const { exitCode, stderr } = await startKprobe(['cleanup', '--run', run ?? '']).ended;
  expect(exitCode, `${stderr}`).toBe(0);
  expect(await cluster.leftovers(run ?? '')).toEqual([]);
});

test(`the next run removes what ${KILLS} killed runs left`, { timeout: KILLS * 20_000 + 300_000 }, async () => {
  const runs = new Set<string>();
  for (let index = 0; index < KILLS; index += 1) {
    const run = await killedAt(randomInt(LATEST_MS));
    if (run !== null) runs.add(run);
    expect(await overdue()).toEqual([]);
  }
  await until(
    'all probe pods over',
    async () => {
      expect(await overdue()).toEqual([]);
      return (await lasting()).length === 0;
    },
    ALL_OVER_MS,
  );
  expect((await diagnose(askDeniedClient(SPACE))).verdict?.status).toBe('faulty');
  const left = await Promise.all([...runs].map((run) => cluster.leftovers(run)));
  expect(left.flat()).toEqual([]);
  process.stderr.write(`e2e: ${KILLS} runs killed, ${runs.size} of them had made something, nothing left\n`);
});

/** Starts a run and kills it after so long; the id of the run where it had made anything by then. */
async function killedAt(ms: number): Promise<string | null> {
  const before = new Set(runsOf(await cluster.leftovers()));
  const { child, ended } = startKprobe(['diagnose', ...ASKED]);
  await sleep(ms);
  const children = childrenOf(child.pid ?? 0);
  child.kill('SIGKILL');
  await ended;
  await until('the local agent gone', async () => !children.some((pid) => existsSync(`/proc/${pid}`)), 60_000);
  // A call that was on its way when the process died may still be carried out.
  await sleep(SECOND_MS);
  return runsOf(await cluster.leftovers()).find((run) => !before.has(run)) ?? null;
}

function runsOf(objects: readonly string[]): string[] {
  return objects.flatMap((each) => /\/kprobe-([a-z0-9]+)/.exec(each)?.[1] ?? []);
}

/** Pods of runs that run longer than they may. */
async function overdue(): Promise<string[]> {
  const { items } = await cluster.core.listPodForAllNamespaces({ labelSelector: 'kprobe.dev/run' });
  return items.flatMap(({ metadata, spec, status }) => {
    const startedAt = status?.startTime?.getTime() ?? Date.now();
    const late = Date.now() - startedAt - (spec?.activeDeadlineSeconds ?? 0) * SECOND_MS;
    const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    return isOver || late < SLACK_MS ? [] : [`${metadata?.name} runs ${late} ms past its deadline`];
  });
}

/** Runs in this test's namespace whose time is not over by what their ConfigMaps say. */
async function lasting(): Promise<string[]> {
  const { items } = await cluster.core.listNamespacedConfigMap({ namespace: SPACE, labelSelector: 'kprobe.dev/run' });
  return items.flatMap(({ metadata }) => {
    const lastsMs = Number(metadata?.annotations?.['kprobe.dev/lasts-seconds']) * SECOND_MS;
    const endsAt = (metadata?.creationTimestamp?.getTime() ?? 0) + lastsMs;
    return endsAt + SECOND_MS > Date.now() ? [metadata?.name ?? ''] : [];
  });
}

/** Linux only; elsewhere none is known. */
function childrenOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    return [];
  }
}
