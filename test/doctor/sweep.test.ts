import { expect, test } from 'vitest';
import { checkSweep } from '../../src/doctor/sweep.ts';
import { FakeCluster, problem } from '../place/fake-cluster.ts';

const NOW_MS = Date.parse('2026-01-01T12:04:00Z');
const VOLUMES = [{ name: 'history', persistentVolumeClaim: { claimName: 'kprobe-history' } }];

interface Given {
  readonly spec?: object;
  readonly status?: object;
  readonly volumes?: readonly object[];
}

function installed({ spec = {}, status = {}, volumes = [] }: Given = {}): FakeCluster {
  const cluster = new FakeCluster();
  const containers = [{ name: 'sweep', image: 'registry.example/kprobe:1' }];
  const jobTemplate = { spec: { template: { spec: { containers, volumes } } } };
  const metadata = { name: 'kprobe-sweep', namespace: 'kprobe', creationTimestamp: '2026-01-01T12:00:30Z' };
  cluster.put('cronjobs', { metadata, spec: { schedule: '*/10 * * * *', jobTemplate, ...spec }, status });
  return cluster;
}

const claim = (phase: string) => ({
  metadata: { name: 'kprobe-history', namespace: 'kprobe' },
  status: { phase },
});
const ran = (begun: string, done: string | null = null) => ({
  lastScheduleTime: `2026-01-01T${begun}:00Z`,
  ...(done === null ? {} : { lastSuccessfulTime: `2026-01-01T${done}:00Z` }),
});
const look = (cluster: FakeCluster) => checkSweep(cluster.client(), NOW_MS);

test('where no sweep is scheduled there is nothing to say', async () => {
  expect(await look(new FakeCluster())).toEqual([]);
});

test('one that has not run yet tells when it will, and in which image', async () => {
  expect(await look(installed())).toEqual([
    {
      section: 'sweep',
      what: 'schedule */10 * * * *',
      state: 'ok',
      says: 'it has not run yet, next at 2026-01-01 12:10:00Z, in registry.example/kprobe:1',
      todo: null,
    },
  ]);
});

test.for<[string, Given]>([
  ['done', { status: ran('12:00', '12:01') }],
  ['done in the second it was due', { status: ran('12:00', '12:00') }],
  ['under way', { status: { ...ran('12:00', '11:51'), active: [{ name: 'kprobe-sweep-1' }] } }],
  ['a minute late', { spec: { schedule: '*/3 * * * *' }, status: ran('12:00', '12:00') }],
  ['longer than the time between two', { status: { ...ran('11:40', '11:31'), active: [{ name: 'kprobe-sweep-1' }] } }],
  ['of a schedule that is not known here', { spec: { schedule: '@every 5m' }, status: ran('12:00', '12:01') }],
  [
    'in a zone of its own',
    { spec: { schedule: '0 13 * * *', timeZone: 'Europe/Berlin' }, status: ran('12:00', '12:01') },
  ],
])('a last sweep that is %s is well', async ([, given]) => {
  expect((await look(installed(given))).map(({ state }) => state)).toEqual(['ok', 'ok']);
});

test.for<[string, Given, RegExp, RegExp]>([
  ['suspended', { spec: { suspend: true } }, /suspended: nothing is swept/, /^kubectl patch cronjob/],
  ['overdue', { status: ran('11:40', '11:41') }, /due at 2026-01-01 11:50:00Z/, /^kubectl describe cronjob/],
  ['failed, as the first', { status: ran('12:00') }, /12:00:00Z failed; none has ever/, /kubectl logs/],
  ['failed, unlike earlier ones', { status: ran('12:00', '11:51') }, /failed; the last .* at 2026-01-01 11:51/, /logs/],
])('one that is %s is said, with what to do', async ([, given, says, todo]) => {
  const checks = (await look(installed(given))).filter(({ state }) => state !== 'ok');
  expect(checks).toEqual([
    expect.objectContaining({ state: 'failed', says: expect.stringMatching(says), todo: expect.stringMatching(todo) }),
  ]);
});

test.for<[string, string, string | null, 'ok' | 'failed']>([
  ['that is bound', 'Bound', '12:00', 'ok'],
  ['that waits for the first sweep', 'Pending', null, 'ok'],
  ['that no storage comes for', 'Pending', '12:00', 'failed'],
  ['that is lost', 'Lost', '12:00', 'failed'],
  ['that is not there', '', '12:00', 'failed'],
])('a volume %s (%s) after a sweep at %s: %s', async ([, phase, begun, state]) => {
  const cluster = installed({ volumes: VOLUMES, status: begun === null ? {} : ran(begun, begun) });
  if (phase !== '') cluster.put('persistentvolumeclaims', claim(phase));
  const checks = await look(cluster);
  expect(checks.find(({ what }) => what === 'volume kprobe-history')).toMatchObject({ state });
});

test('who may not read it is told so, and nothing is called broken', async () => {
  const cluster = installed();
  cluster.mood = (_, resource) => (resource === 'cronjobs' ? problem(403, 'Forbidden', 'no') : null);
  expect(await look(cluster)).toMatchObject([{ state: 'left-out', says: expect.stringContaining('no') }]);
});

test.for([{}, { spec: 7, status: [] }, { spec: { schedule: 'x'.repeat(1000), suspend: 'yes' } }])(
  'a strange CronJob (%j) does no harm',
  async (strange) => {
    const cluster = new FakeCluster();
    cluster.put('cronjobs', { ...strange, metadata: { name: 'kprobe-sweep', namespace: 'kprobe' } });
    expect(await look(cluster)).toHaveLength(1);
  },
);
