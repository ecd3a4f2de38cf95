import { expect, test } from 'vitest';
import type { Kept, Outcome, Sample } from '../../../probes/wire.ts';
import { pod } from '../breaks.ts';
import { controller, sample, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'cut-idle-connection';
const [first] = web;
if (first === undefined) throw new Error('the shop has pods');

const isIdling = (probe: Parameters<Break>[0]['probe']) => probe.kind === 'http' && probe.idleMs !== undefined;

/** The one attempt on a kept connection. */
const kept =
  (end: Kept['end'], idledMs: number, over: Partial<Sample> = {}): Break =>
  ({ probe }) =>
    isIdling(probe)
      ? [{ ...sample({ connectMs: 0.4, firstByteMs: 2, status: 200 }), kept: { end, idledMs }, ...over }]
      : null;
const lost = (outcome: Outcome, dataRetransmissions = 0): Break =>
  kept('used', 6200, { outcome, dataRetransmissions, http: null });
const RESET: Outcome = { kind: 'reset', phase: 'first-byte' };
const SILENT: Outcome = { kind: 'silent', phase: 'first-byte', waitedMs: 10_500, code: null };

/** Entries answer 502 now and then; `ms` after the request. */
const badGateways =
  (ms = 3, statuses = [502, 200, 200, 200]): Break =>
  (path) =>
    path.to.kind === 'entry' && !isIdling(path.probe)
      ? statuses.map((status) => sample({ connectMs: 0.4, firstByteMs: ms, status }))
      : null;
/** A proxy that keeps connections to endpoints for so long. */
const keeping = (upstreamIdleMs: number) =>
  shopCluster({
    controllers: [controller({ pods: nginx.map(({ namespace, name }) => ({ namespace, name })), upstreamIdleMs })],
  });
/** What endpoints answer on fresh connections. */
const fresh =
  (make: () => Sample): Break =>
  (path) =>
    path.to.kind === 'backend' && !isIdling(path.probe) ? times(4, make) : null;

test.for<[string, Parameters<typeof findingOf>[1]]>([
  ['all is well', {}],
  ['the connection is used again', { breaks: [kept('used', 6200)] }],
  ['the server closes it, and nobody felt anything', { cluster: keeping(60_000), breaks: [kept('closed', 5000)] }],
  ['502s, and the connection is used again', { cluster: keeping(60_000), breaks: [badGateways(), kept('used', 6200)] }],
  [
    '502s, and the proxy gives connections up first',
    { cluster: keeping(4000), breaks: [badGateways(), kept('closed', 5000)] },
  ],
  [
    'every other answer is a 502: a connection that served just now is not idle',
    { cluster: keeping(60_000), breaks: [badGateways(3, [502, 200, 502, 200]), kept('closed', 5000)] },
  ],
  ['502s that came late', { cluster: keeping(60_000), breaks: [badGateways(5003), kept('closed', 5000)] }],
  [
    '502s of the application itself',
    { cluster: keeping(60_000), breaks: [fresh(() => sample({ status: 502 })), badGateways(), kept('closed', 5000)] },
  ],
  ['fresh connections fail as well', { breaks: [fresh(() => silent()), lost(RESET)] }],
  ['the pod is dead', { breaks: [pod(first)] }],
  [
    'it was cut while it idled',
    { breaks: [kept('used', 3000, { outcome: { kind: 'cut', phase: 'idle', waitedMs: 3000 } })] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('an attempt that idles leaves a healthy verdict healthy, however it was told', () => {
  const cut: Break = ({ probe }) =>
    isIdling(probe) ? [sample({ outcome: { kind: 'cut', phase: 'idle', waitedMs: 5900 } })] : null;
  expect(diagnose({ breaks: [cut] })).toMatchObject({ status: 'healthy', findings: [] });
  expect(diagnose({ breaks: [kept('closed', 5000)] })).toMatchObject({ status: 'healthy', findings: [] });
  expect(diagnose({ breaks: [kept('aborted', 350)] })).toMatchObject({ status: 'healthy', findings: [] });
});

test('speaking: an RST for the next request, and no FIN before it', () => {
  const verdict = diagnose({ idleMs: 6200, breaks: [lost(RESET)] });
  expect(verdict).toMatchObject({ status: 'faulty', findings: [{ diagnosis: id, certainty: 'proven' }] });
  expect(verdict.findings[0]?.title).toContain(
    'that idled for 6.2 s is forgotten on the way: the next request gets an RST',
  );
});

test('speaking, never proven: one RST, which a server that closed in that moment would have sent', () => {
  expect(findingOf(id, { breaks: [lost(RESET)] })).toMatchObject({
    certainty: 'likely',
    wouldSettle: expect.stringContaining('--idle'),
  });
});

test('speaking: silence that no kernel confirms, also for a Service without a proxy', () => {
  expect(findingOf(id, { target: serviceOnly(), breaks: [lost(SILENT, 6)] })).toMatchObject({
    certainty: 'proven',
    object: null,
  });
});

test('speaking, never proven: the far end has the request and is silent', () => {
  expect(findingOf(id, { breaks: [lost(SILENT)] })).toMatchObject({ certainty: 'likely' });
});

test('speaking: the server closes sooner than the proxy gives up its connections, and there are 502s', () => {
  const verdict = diagnose({ cluster: keeping(60_000), breaks: [badGateways(), kept('closed', 5003)] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'likely', object: { kind: 'Pod', name: 'web-1' }, timer: { ms: 5003 }, explains: 1 },
  ]);
  expect(verdict.findings[0]?.evidence.map(({ says }) => says).join('\n')).toContain(
    'the server closes after 5.0 s (FIN), the proxy keeps connections for 60.0 s',
  );
  expect(verdict.findings[0]?.wouldSettle).toContain("proxy's log");
});

test('speaking, a mere possibility: nobody knows how long the proxy keeps its connections', () => {
  expect(findingOf(id, { breaks: [badGateways(), kept('closed', 5000)] })).toMatchObject({ certainty: 'possible' });
});

test('speaking: what the kernel sent again and again is no wait of a prober that had no CPU', () => {
  const starved = kept('used', 6200, {
    outcome: SILENT,
    totalMs: 10_500,
    cpuWaitMs: 3900,
    dataRetransmissions: 6,
    http: null,
  });
  expect(findingOf(id, { breaks: [starved] })).toMatchObject({ certainty: 'proven' });
});

test('who asked for an idle time is told where none came to that, and not that all is healthy', () => {
  const cut: Break = ({ probe }) =>
    isIdling(probe) ? [sample({ outcome: { kind: 'cut', phase: 'idle', waitedMs: 9000 } })] : null;
  const verdict = diagnose({ idleMs: 65_000, breaks: [cut] });
  expect(verdict.status).toBe('inconclusive');
  expect(verdict.notMeasured.map(({ what }) => what).join()).toContain('what a connection meets that was kept idle');
  expect(diagnose({ idleMs: 65_000, breaks: [kept('used', 65_000)] }).status).toBe('healthy');
});
