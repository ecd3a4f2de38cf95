/** `--inside` on a real cluster: the verdict of a twin, measured in the client's own pods, which come to no harm. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realCluster, until, type RealCluster } from './cluster.ts';
import { diagnose } from './kprobe.ts';
import { askDeniedClient, deniedClient } from './workloads.ts';

const SPACE = 'kprobe-e2e-inside';
const MANIFESTS = deniedClient(SPACE);

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await realCluster();
  await cluster.apply(MANIFESTS);
  await cluster.rolledOut([SPACE]);
});

afterAll(() => cluster.remove(MANIFESTS));

test('a denied client is seen from within, and its pods go on as if nothing had been', async () => {
  const before = (await cluster.pods(SPACE)).map(lifeOf);
  const { verdict, stderr } = await diagnose([...askDeniedClient(SPACE), '--inside']);
  expect(verdict?.findings[0], `${stderr}`).toMatchObject({ diagnosis: 'policy-denies-ingress', certainty: 'proven' });
  expect(stderr).toContain('adding a container to pod');
  const hops = verdict?.paths.filter(({ id }) => id.startsWith('inside:')) ?? [];
  expect(hops.reduce((sum, { samples }) => sum + samples, 0)).toBeGreaterThan(0);
  const name = `kprobe-${verdict?.run.id}`;
  expect(verdict?.notMeasured.map(({ what }) => what)).toContainEqual(expect.stringContaining(`container ${name}`));
  await until('the containers have ended by themselves', async () => {
    const ends = (await cluster.pods(SPACE, { app: 'till' })).map((pod) => exitCodeOf(pod, name));
    return ends.some((code) => code !== null) && ends.every((code) => code === null || code === 0);
  });
  expect((await cluster.pods(SPACE)).map(lifeOf)).toEqual(before);
  expect(await cluster.leftovers(verdict?.run.id)).toEqual([]);
});

type Pod = Awaited<ReturnType<RealCluster['pods']>>[number];

function lifeOf({ metadata, status }: Pod) {
  const restarts = status?.containerStatuses?.map(({ restartCount }) => restartCount);
  return { uid: metadata?.uid, phase: status?.phase, restarts };
}

/** null: not in this pod; NaN: it still runs. */
function exitCodeOf({ status }: Pod, name: string): number | null {
  const container = status?.ephemeralContainerStatuses?.find((each) => each.name === name);
  return container === undefined ? null : (container.state?.terminated?.exitCode ?? Number.NaN);
}
