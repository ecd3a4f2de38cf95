import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import type { RequestLimit } from '../../../src/model/cluster.ts';
import { controller, route, sample, target, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly, shopCluster, shopTarget } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'limited-requests';
const perSecond: RequestLimit = { setting: 'limit-rps', per: 'client', requests: 2, inMs: 1000, atOnce: 11 };
const perMinute: RequestLimit = { setting: 'limit-rpm', per: 'client', requests: 2, inMs: 60_000, atOnce: 3 };
const perProxy: RequestLimit = {
  setting: 'rateLimitPolicy.local',
  per: 'proxy',
  requests: 100,
  inMs: 1000,
  atOnce: 100,
  status: 429,
};
const limitedBy = (...limits: RequestLimit[]) =>
  shopCluster({
    routes: [route({ limits })],
    controllers: [
      controller({
        pods: [1, 2, 3].map((number) => ({ namespace: 'ingress-nginx', name: `nginx-${number}` })),
        limitStatus: { requests: 503, connections: 503 },
      }),
    ],
  });

/** One a second; `x` is refused. */
const answers = (pattern: string, status: number) => (): Sample[] =>
  pattern.split('').map((each) => sample({ connectMs: 0.4, firstByteMs: 1, status: each === 'x' ? status : 200 }));
const at =
  (kinds: readonly string[], samples: () => Sample[], from?: string): Break =>
  (path, agent) =>
    path.probe.kind === 'http' &&
    kinds.includes(path.to.kind) &&
    (from === undefined || (agent.node === from && agent.kind === 'control'))
      ? samples()
      : null;
const ALL = ['entry', 'service', 'backend'];

test.for<[string, Parameters<typeof findingOf>[1]]>([
  ['everything answers', {}],
  ['everything answers within a limit', { cluster: limitedBy(perSecond) }],
  ['503 and no limit', { breaks: [at(['entry'], answers('.x.x', 503))] }],
  ['503 of the endpoints themselves', { cluster: limitedBy(perSecond), breaks: [at(ALL, answers('.x.x', 503))] }],
  ['another status than the limit’s', { cluster: limitedBy(perSecond), breaks: [at(['entry'], answers('.x.x', 502))] }],
  [
    'late 503, as of a connect that was given up',
    {
      cluster: limitedBy(perSecond),
      breaks: [at(['entry'], () => times(4, () => sample({ connectMs: 0.4, firstByteMs: 5001, status: 503 })))],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: one address is refused, others ask as often and never are', () => {
  const breaks = [at(['entry'], answers('.x.x', 503), 'worker-1')];
  const { status, findings } = diagnose({ cluster: limitedBy(perSecond), breaks });
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', explains: 1, object: { kind: 'Ingress', namespace: 'shop', name: 'web' } },
  ]);
  expect(findings[0]?.title).toContain('limit-rps: 2');
});

test('speaking: all requests of one address, and none of others', () => {
  const breaks = [at(['entry'], answers('xxxx', 503), 'worker-1')];
  expect(findingOf(id, { cluster: limitedBy(perSecond), breaks })?.certainty).toBe('proven');
});

test('speaking, likely: every address is refused now and then', () => {
  const breaks = [at(['entry'], answers('.x.x', 503))];
  expect(findingOf(id, { cluster: limitedBy(perSecond), breaks })?.certainty).toBe('likely');
});

test('speaking, possible: nobody is ever answered but 503', () => {
  const breaks = [at(['entry'], answers('xxxx', 503))];
  expect(findingOf(id, { cluster: limitedBy(perSecond), breaks })?.certainty).toBe('possible');
});

test("never a fault: kprobe's own requests are all that the limit refuses", () => {
  const { status, findings } = diagnose({
    cluster: limitedBy(perMinute),
    breaks: [at(['entry'], answers('...x', 503))],
  });
  expect(status).toBe('inconclusive');
  expect(findings).toMatchObject([{ diagnosis: id, certainty: 'possible' }]);
  expect(findings[0]?.title).toMatch(/^Only kprobe's own requests met the limit of Ingress shop\/web \(limit-rpm: 2\)/);
});

test('speaking, possible: an earlier run may have used up what is admitted in a minute', () => {
  const breaks = [at(['entry'], answers('xxx', 503), 'worker-1')];
  const finding = findingOf(id, { cluster: limitedBy(perMinute), breaks });
  expect(finding?.certainty).toBe('possible');
  expect(finding?.evidence.find(({ label }) => label === 'kprobe')?.says).toContain('ask again after 90.0 s');
});

test('speaking, likely: others use up what all clients of a proxy share', () => {
  const breaks = [at(['entry'], answers('.x.x', 429))];
  const finding = findingOf(id, { cluster: limitedBy(perProxy), breaks });
  expect(finding).toMatchObject({ certainty: 'likely', object: { kind: 'Ingress' } });
});

test('speaking, possible: 429, and no limit is declared', () => {
  const { status, findings } = diagnose({ breaks: [at(['entry'], answers('..xx', 429))] });
  expect(status).toBe('inconclusive');
  expect(findings).toMatchObject([{ diagnosis: id, certainty: 'possible', object: null }]);
  expect(findings[0]?.title).toContain("kprobe's own requests may have met it alone");
});

test('one entry that refuses all requests for being too many has its route', () => {
  const breaks: Break[] = [
    (path) =>
      path.to.kind === 'entry' && path.probe.kind === 'http' && path.to.address === '10.0.0.1'
        ? answers('xxxx', 429)()
        : null,
  ];
  const { findings } = diagnose({ breaks });
  expect(findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
});

test('the application refuses as well where it is asked directly: its very first request was one too many', () => {
  const breaks = [at(ALL, answers('x.x.', 429))];
  for (const asked of [shopTarget(), serviceOnly()]) {
    const { status, findings } = diagnose({ target: asked, breaks });
    expect(status).toBe('faulty');
    expect(findings).toMatchObject([
      { diagnosis: id, certainty: 'likely', object: { namespace: 'shop', name: 'web' } },
    ]);
  }
});

test('never healthy: the application refuses everybody, all the time', () => {
  expect(diagnose({ breaks: [at(ALL, answers('xxxx', 429))] }).status).not.toBe('healthy');
});

test('a healthy target tells of the limit that its clients may meet', () => {
  const { status, notMeasured } = diagnose({ cluster: limitedBy(perSecond), target: target(shopTarget()) });
  expect(status).toBe('healthy');
  expect(notMeasured.map(({ what }) => what)).toContain('what clients meet that ask faster than limit-rps: 2 admits');
});
