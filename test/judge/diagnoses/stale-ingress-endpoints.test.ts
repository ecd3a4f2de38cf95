import { expect, test } from 'vitest';
import { pod as podBreak, slowEntries } from '../breaks.ts';
import { controller, sample, silent, times } from '../make.ts';
import { diagnose, findingOf, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'stale-ingress-endpoints';
const [first] = web;
if (first === undefined) throw new Error('the shop has two pods');
const entriesOf =
  (node: string | null, ...times: number[]): Break =>
  ({ to }) =>
    to.kind === 'entry' && (node === null || to.node === node)
      ? times.map((firstByteMs) => sample({ connectMs: 0.4, firstByteMs, status: 200 }))
      : null;
const slowly = () => times(4, () => sample({ connectMs: 0.4, firstByteMs: 5002, status: 200 }));
const lateService: Break = ({ to }) =>
  to.kind === 'service' ? [sample({ connectMs: 0.4 }), silent(), silent()] : null;
let isFirst = true;
const once: Break = (path) => {
  if (path.to.kind !== 'entry' || !isFirst) return null;
  isFirst = false;
  return [3, 5003, 3].map((firstByteMs) => sample({ connectMs: 0.4, firstByteMs, status: 200 }));
};

test.for<[string, World]>([
  ['everything answers', {}],
  ['entries are late, and not at the timeout', { breaks: [entriesOf(null, 3, 3300, 4200, 3)] }],
  ['a single answer came at the timeout', { breaks: [once] }],
  ['an endpoint is dead, which is what they wait for', { breaks: [slowEntries, podBreak(first)] }],
  ['the way from the proxies to the endpoints was not measured', { breaks: [slowEntries], hostVantages: false }],
  ['the application takes as long', { breaks: [slowEntries, ...web.map((each) => podBreak(each, slowly))] }],
  [
    'no proxy is known',
    { breaks: [slowEntries], cluster: shopCluster({ controllers: [controller({ connectTimeoutMs: null })] }) },
  ],
  ['the address of the Service fails as well', { breaks: [slowEntries, lateService] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: all entries wait for the connect timeout, and everything behind them is well', () => {
  const verdict = diagnose({ breaks: [slowEntries] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'likely', explains: 1, timer: { ms: 5000 } }]);
  expect(verdict.findings[0]?.wouldSettle).toContain('upstream_addr');
});

test('speaking: one proxy of three is named', () => {
  const finding = findingOf(id, { breaks: [entriesOf('worker-2', 5003, 3, 3, 10_005)] });
  expect(finding).toMatchObject({
    certainty: 'likely',
    object: { kind: 'Pod', name: 'nginx-2' },
    where: { from: 'worker-2' },
  });
});

test('possible at most where the nodes of the proxies have no CPU to spare, and other answers are late too', () => {
  const busy = () =>
    [1, 2, 3].map(() => ({ ...sample({ connectMs: 20, firstByteMs: 20, status: 200 }), cpuWaitMs: 30 }));
  const starved =
    (...times: number[]): Break =>
    (path, from, to) => {
      if (path.probe.kind !== 'http') return null;
      return from.node === null ? entriesOf(null, ...times)(path, from, to) : busy();
    };
  const certaintyOf = (...times: number[]) => findingOf(id, { breaks: [starved(...times)] })?.certainty;
  expect(certaintyOf(5003, 3, 3, 10_005)).toBe('likely');
  expect(certaintyOf(5003, 3300, 3, 10_005)).toBe('possible');
});

test('a busy node does not make the very time of a timeout', () => {
  const busy: Break = ({ to }) =>
    to.kind === 'entry' && to.node === 'worker-1'
      ? [3, 5003, 3, 3].map((firstByteMs) => sample({ connectMs: 0.4, firstByteMs, status: 200, cpuPressure: 0.9 }))
      : null;
  expect(diagnose({ breaks: [busy] }).status).not.toBe('healthy');
});

/** Through one proxy, a second apart: this machine meets two whole waits, the others one error after so many milliseconds. */
const joined =
  (waitMs: number): Break =>
  (path, from) => {
    if (path.to.kind !== 'entry' || path.to.node !== 'worker-2') return null;
    const waits = from.kind === 'local' ? [5003, 3, 3, 5003] : [3, 3, waitMs, 3];
    return waits.map((firstByteMs) => sample({ connectMs: 0.4, firstByteMs, status: firstByteMs > 100 ? 503 : 200 }));
  };

test('an error that ends with a wait which an earlier request began is the same wait', () => {
  expect(findingOf(id, { breaks: [joined(3003)] })?.explains).toBe(1);
});

test('an error at another time is not', () => {
  expect(findingOf(id, { breaks: [joined(700)] })?.explains).toBeLessThan(1);
});

test('an error that says something else than "unavailable" is no wait of an earlier request', () => {
  const refusing: Break = (...path) =>
    joined(3003)(...path)?.map((each) =>
      each.totalMs > 3000 && each.totalMs < 3100
        ? { ...each, http: { status: 502, bytes: 0, server: null, hash: null } }
        : each,
    ) ?? null;
  expect(findingOf(id, { breaks: [refusing] })?.explains).toBeLessThan(1);
});
