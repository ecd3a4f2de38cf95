import { describe, expect, test } from 'vitest';
import { pod, slowEntries } from '../breaks.ts';
import { controller, cut, route, sample, times } from '../make.ts';
import { diagnose, findingOf, nginx, shopCluster, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'slow-application';
const slow =
  (over = {}) =>
  () =>
    times(4, () => sample({ connectMs: 0.4, firstByteMs: 1300, status: 200, ...over }));
const entries: Break = (path) =>
  path.to.kind === 'entry' ? times(4, () => sample({ connectMs: 0.4, firstByteMs: 1302, status: 200 })) : null;

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  ['the entry is slow and the pods are quick', { breaks: [slowEntries] }],
  ['the request was retransmitted', { breaks: web.map((each) => pod(each, slow({ dataRetransmissions: 3 }))) }],
  [
    'the connect is what is slow',
    { breaks: web.map((each) => pod(each, slow({ connectMs: 3069, firstByteMs: 2, synRetransmissions: 3 }))) },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test("speaking: as slow from the pod's own node, and it explains the entry", () => {
  const verdict = diagnose({ breaks: [...web.map((each) => pod(each, slow())), entries] });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', explains: 1 });
});

test('speaking: it begins at once and is long in coming to its end', () => {
  const dripping = (over = {}) => sample({ connectMs: 0.4, firstByteMs: 2, status: 200, ...over });
  const late = () => ({ ...dripping(), phases: { connect: 0.4, 'first-byte': 2, body: 1300 }, totalMs: 1302.4 });
  const all: Break = (path) => (path.to.kind === 'entry' || path.to.kind === 'service' ? times(4, late) : null);
  const verdict = diagnose({ breaks: [...web.map((each) => pod(each, () => times(4, late))), all] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven', explains: 1 }]);
  expect(verdict.findings[0]?.evidence.find(({ label }) => label === 'Its node')?.says).toContain(
    'the rest 1.30 s later',
  );
});

describe('the run ends while some still wait', () => {
  const waiting = (waitedMs: number) =>
    cut({ phase: 'first-byte', waitedMs, phases: { connect: 0.4, 'first-byte': waitedMs } });
  const asked =
    (waitedMs: number): Break =>
    (path, from) => {
      if (!['entry', 'service', 'backend'].includes(path.to.kind) || path.probe.kind !== 'http') return null;
      const isOnlyWaiting = path.to.kind === 'backend' && from.id === 'control@worker-3';
      return [...(isOnlyWaiting ? [] : slow({ firstByteMs: 6000 })()), waiting(waitedMs)];
    };

  test('speaking: for no longer than others took, and that is said', () => {
    const { findings, notMeasured } = diagnose({ breaks: [asked(6500)] });
    expect(findings).toMatchObject([{ diagnosis: id, explains: 1 }]);
    expect(notMeasured).toEqual([]);
    expect(JSON.stringify(findings[0]?.evidence)).toContain('still wait when the run ends, after 6.5 s');
  });

  test('speaking, and not of those: for much longer than any answer took', () => {
    const { notMeasured } = diagnose({ breaks: [asked(20_000)] });
    expect(JSON.stringify(notMeasured)).toContain('without a whole answer when the run ended');
  });
});

test('speaking: one slow pod of two is named', () => {
  expect(findingOf(id, { breaks: web.slice(0, 1).map((each) => pod(each, slow())) })).toMatchObject({
    object: { kind: 'Pod', name: 'web-1' },
  });
});

test('silent: on a node where kprobe answers as slowly', () => {
  const starved: Break = (_path, _from, to) =>
    to === null ? null : times(4, () => sample({ connectMs: 200, firstByteMs: 250 }));
  expect(findingOf(id, { breaks: [...web.map((each) => pod(each, slow())), entries, starved] })).toBeNull();
});

describe('behind a proxy that does not wait that long', () => {
  const pods = nginx.map(({ namespace, name }) => ({ namespace, name }));
  /** A route's own limit for the whole request, and what each entry answers. */
  const world = (requestTimeoutMs: number | null, status: number, firstByteMs: number) => ({
    cluster: shopCluster({
      controllers: [controller({ pods, implementation: 'contour', readTimeoutMs: 15_000, tries: null })],
      routes: [
        route({ timers: { connectTimeoutMs: null, readTimeoutMs: null, tries: null, requestTimeoutMs } }),
        route({
          path: '/other',
          timers: { connectTimeoutMs: null, readTimeoutMs: null, tries: null, requestTimeoutMs: 100 },
        }),
      ],
    }),
    breaks: [...web.map((each) => pod(each, slow())), answered(status, firstByteMs)],
  });
  const answered =
    (status: number, firstByteMs: number): Break =>
    (path) =>
      path.to.kind === 'entry' ? times(4, () => sample({ connectMs: 0.4, firstByteMs, status })) : null;

  test("speaking: its 504 after the limit of this very path is the application's, and the limit is the timer", () => {
    const verdict = diagnose(world(1000, 504, 1001));
    expect(verdict.findings).toMatchObject([
      {
        diagnosis: id,
        certainty: 'proven',
        explains: 1,
        timer: { ms: 1000, name: 'request timeout of Ingress shop/web' },
      },
    ]);
    expect(verdict.findings[0]?.evidence.find(({ label }) => label.startsWith('Why'))?.says).toContain('HTTP 504');
    expect(verdict.findings[0]?.fix?.says).toMatch(/let the proxy wait for more than .*: .* says 1(\.0+)? s/);
    expect(verdict.notMeasured).toEqual([]);
  });

  test('speaking: the limit runs from the request, and not from the handshake before it', () => {
    const asked = world(1000, 504, 1001);
    const late: Break = (path) =>
      path.to.kind === 'entry'
        ? times(4, () => sample({ connectMs: 0.4, tlsMs: 240, firstByteMs: 1001, status: 504 }))
        : null;
    const breaks = [...asked.breaks.slice(0, -1), late];
    expect(diagnose({ ...asked, breaks }).findings).toMatchObject([{ diagnosis: id, explains: 1 }]);
  });

  test('speaking: each of two tries is ended, long before the whole request would be', () => {
    const timers = {
      connectTimeoutMs: null,
      readTimeoutMs: 1000,
      tries: 2,
      requestTimeoutMs: 15_000,
      readFrom: 'retryPolicy.perTryTimeout of HTTPProxy shop/web',
    };
    const asked = world(null, 504, 2010);
    const cluster = { ...asked.cluster, routes: [route({ timers })] };
    const [finding] = diagnose({ ...asked, cluster }).findings;
    expect(finding).toMatchObject({
      diagnosis: id,
      explains: 1,
      timer: { ms: 1000, name: 'retryPolicy.perTryTimeout of HTTPProxy shop/web' },
    });
    expect(finding?.evidence.find(({ label }) => label.startsWith('Why'))?.says).toContain('makes up to 2');
    const shorter = { ...asked.cluster, routes: [route({ timers: { ...timers, requestTimeoutMs: 1500 } })] };
    expect(findingOf(id, { ...asked, cluster: shorter })?.explains ?? 0).toBe(0);
  });

  test('speaking: a limit that is shorter than what counts as slow is late enough', () => {
    const quick = slow({ firstByteMs: 120 });
    const breaks = [...web.map((each) => pod(each, quick)), answered(504, 101)];
    expect(diagnose({ ...world(100, 504, 101), breaks }).findings).toMatchObject([
      { diagnosis: id, certainty: 'proven', explains: 1, timer: { ms: 100 } },
    ]);
    expect(findingOf(id, { breaks: web.map((each) => pod(each, quick)) })).toBeNull();
  });

  test.for<[string, number | null, number, number]>([
    ['another status', 1000, 503, 1001],
    ['another time', 1000, 504, 400],
    ['a limit that the application keeps', null, 504, 15_001],
  ])("is not the application's doing: %s", ([, limit, status, ms]) => {
    const verdict = diagnose(world(limit, status, ms));
    expect(verdict.findings.find(({ diagnosis }) => diagnosis === id)?.explains ?? 0).toBe(0);
    expect(verdict.status).not.toBe('healthy');
  });
});

test('answers whose times are not known, for want of a CPU, do not acquit the application', () => {
  const starved = () => times(4, () => sample({ connectMs: 1, firstByteMs: 4000, status: 200, stalledMs: 3000 }));
  const verdict = diagnose({ breaks: [...web.map((each) => pod(each, starved)), slowEntries] });
  expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('application');
  expect(diagnose({}).ruledOut.map(({ suspect }) => suspect)).toContain('application');
});
