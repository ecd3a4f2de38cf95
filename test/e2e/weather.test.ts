/** Whole runs while a fifth of all API calls go wrong: a right verdict or an honest inconclusive, in time, and nothing left. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realCluster, type RealCluster } from './cluster.ts';
import { diagnose } from './kprobe.ts';
import { kubeconfigFor } from './kubeconfig.ts';
import { weatherOf, weatherProxy } from './weather-proxy.ts';
import { askDeniedClient, deniedClient } from './workloads.ts';

const SPACE = 'kprobe-e2e-weather';
const RUNS = Number(process.env['KPROBE_E2E_WEATHER_RUNS'] ?? 3);
const SHARE = 0.2;
const TIMEOUT_MS = 45_000;
/** Starting the program, and removing what it made after its time is up (ten seconds at most). */
const GRACE_MS = 15_000;

const MANIFESTS = deniedClient(SPACE);

let cluster: RealCluster;
const statuses: string[] = [];

beforeAll(async () => {
  cluster = await realCluster();
  await cluster.apply(MANIFESTS);
  await cluster.rolledOut([SPACE]);
});

afterAll(async () => {
  process.stderr.write(`e2e: weather: ${statuses.join(', ')}\n`);
  await cluster.remove(MANIFESTS);
});

test.for(Array.from({ length: RUNS }, (_, index) => index + 1))('run %i through the weather', async (seed) => {
  await using proxy = await weatherProxy(cluster.config, { next: weatherOf(seed, SHARE) });
  await using kubeconfig = await kubeconfigFor({ server: proxy.url });
  const asked = await diagnose([...askDeniedClient(SPACE), '--timeout', `${TIMEOUT_MS / 1000}s`], {
    KUBECONFIG: kubeconfig.file,
  });
  const { verdict, exitCode, tookMs, stderr } = asked;
  const bad = Object.values(proxy.made).reduce((sum, count) => sum + count, 0) - proxy.made.calls;
  statuses.push(
    `${verdict?.status ?? `exit ${exitCode}`} in ${(tookMs / 1000).toFixed(1)} s (${bad} of ${proxy.made.calls} calls)`,
  );
  expect(tookMs).toBeLessThan(TIMEOUT_MS + GRACE_MS);
  expect(verdict, `${stderr}`).not.toBeNull();
  expect(verdict?.status).toMatch(/^(faulty|inconclusive)$/);
  const wanted = verdict?.status === 'faulty' ? ['policy-denies-ingress'] : [];
  expect(verdict?.findings.map(({ diagnosis }) => diagnosis)).toEqual(wanted);
  expect(verdict?.status === 'inconclusive' && verdict.notMeasured.length === 0).toBe(false);
  expect(await cluster.leftovers(verdict?.run.id)).toEqual([]);
});
