import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { backend, pod as makePod, sample, serviceTarget, slice, times } from '../make.ts';
import { diagnose, dns, nginx, shopCluster, shopTarget, web } from '../world.ts';
import type { World } from '../world.ts';
import { pod } from '../breaks.ts';

const id = 'foreign-endpoint';
const importer = makePod({
  name: 'import-1',
  node: 'worker-3',
  labels: { app: 'web', part: 'import' },
  owner: { kind: 'ReplicaSet', name: 'import-5f' },
});
const notFound = (): Sample[] => times(4, () => sample({ connectMs: 0.4, firstByteMs: 1, status: 404 }));
const pods = [...web, importer];

function world(breaks: World['breaks'] = []): World {
  return {
    cluster: shopCluster({ pods: [...pods, ...nginx, ...dns], endpointSlices: [slice({ pods })] }),
    target: shopTarget({ service: serviceTarget({ backends: pods.map(backend) }) }),
    breaks,
  };
}

test.for<[string, World]>([
  ['one workload', {}],
  ['two workloads that answer alike: a canary', world()],
  ['two workloads that both say "not found"', world(pods.map((each) => pod(each, notFound)))],
  ['one pod of the only workload is odd', { breaks: [pod(web[0] ?? importer, notFound)] }],
])('silent: %s', ([, each]) => {
  expect(diagnose(each).findings.map(({ diagnosis }) => diagnosis)).not.toContain(id);
});

test('speaking: the second workload answers 404, and one page in three is its', () => {
  const mixed = (path: { to: { kind: string } }) =>
    path.to.kind === 'entry'
      ? [200, 200, 404].map((status) => sample({ connectMs: 0.4, firstByteMs: 2, status }))
      : null;
  const verdict = diagnose(world([pod(importer, notFound), mixed]));
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Service', name: 'web' },
    explains: 1,
  });
  expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('application');
});

test('one odd pod of the only workload is not called healthy', () => {
  const verdict = diagnose({ breaks: [pod(web[0] ?? importer, notFound)] });
  expect(verdict.status).toBe('inconclusive');
  expect(verdict.notMeasured.some(({ because }) => because.includes('HTTP 404'))).toBe(true);
});
