import { expect, test } from 'vitest';
import { placeAgents } from '../../src/place/place.ts';
import { agent, assignment, plan, schedule } from './agents.ts';
import { FakeCluster } from './fake-cluster.ts';

interface Mounted {
  readonly configMap?: { readonly name: string; readonly items: readonly { readonly key: string }[] };
}

async function placed(count: number, paths: number) {
  const cluster = new FakeCluster();
  cluster.put('namespaces', { metadata: { name: 'kprobe' } });
  const agents = Array.from({ length: count }, (_, at) => agent('control', `n${at}`));
  const list = (own: string) =>
    Array.from({ length: paths }, (_, at) => schedule(`${own} > control@n${at} tcp`, `control@n${at}`));
  const before = new Set(cluster.objects.keys());
  const seen = { maps: [] as { name: string; files: string[]; bytes: number }[], wanted: [] as string[] };
  {
    await using placement = await placeAgents({
      client: cluster.client(),
      plan: plan(
        agents,
        agents.map(({ id }) => assignment(id, list(id))),
      ),
      run: 'r1',
      image: 'node:24-slim',
      bundle: '// agent '.repeat(5000),
      deadlineMs: 20_000,
      reportProgress: () => {},
      signal: new AbortController().signal,
    });
    expect(placement.agents).toHaveLength(count);
    for (const name of cluster.names('configmaps')) {
      const [namespace = '', own = ''] = name.split('/');
      const map = cluster.object('configmaps', { namespace, name: own }) as { data?: object; binaryData?: object };
      const files = [...Object.keys(map.data ?? {}), ...Object.keys(map.binaryData ?? {})];
      seen.maps.push({ name: own, files, bytes: JSON.stringify(map).length });
    }
    for (const name of cluster.names('pods')) {
      const [namespace = '', own = ''] = name.split('/');
      const pod = cluster.object('pods', { namespace, name: own }) as { spec: { volumes: Mounted[] } };
      for (const { configMap } of pod.spec.volumes)
        for (const { key } of configMap?.items ?? []) seen.wanted.push(`${configMap?.name}/${key}`);
    }
  }
  expect(new Set(cluster.objects.keys())).toEqual(before);
  return seen;
}

test('a small run has one ConfigMap', async () => {
  const { maps } = await placed(6, 5);
  expect(maps.map(({ name, files }) => [name, files.length])).toEqual([['kprobe-r1', 7]]);
});

test('a large one has several, each below the limit, and every pod finds its files', async () => {
  const { maps, wanted } = await placed(400, 60);
  expect(maps.length).toBeGreaterThan(3);
  expect(Math.max(...maps.map(({ bytes }) => bytes))).toBeLessThan(1024 * 1024);
  const there = new Set(maps.flatMap(({ name, files }) => files.map((file) => `${name}/${file}`)));
  expect(wanted).toHaveLength(800);
  expect(wanted.filter((file) => !there.has(file))).toEqual([]);
});
