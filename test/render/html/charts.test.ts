import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/judge/judge.ts';
import { chartedPaths } from '../../../src/render/html/charted.ts';
import { routeMap } from '../../../src/render/html/route-map.ts';
import { marked, synRetransmissionsMs, timersOf } from '../../../src/render/html/timers.ts';
import { cut, hello, recording, sample, silent } from '../../judge/make.ts';
import { run, serviceOnly } from '../../judge/world.ts';
import { faultyRun } from './pages.ts';

const faulty = faultyRun();
const judged = judge(faulty);
const page = { verdict: judged, recording: faulty, again: null, prefix: '', level: 2, rows: 1000 } as const;

describe('paths with a chart', () => {
  test('are those of users and those that findings rest on, the users’ first', () => {
    const { paths, leftOut } = chartedPaths(page);
    const userFacing = paths.map((each) => each.userFacing);
    expect(userFacing).toEqual(userFacing.toSorted((a, b) => Number(b) - Number(a)));
    expect(new Set(userFacing)).toEqual(new Set([true, false]));
    expect(paths.length + leftOut).toBe(judged.paths.length);
  });

  test('keep the slowest attempts where there are too many, by their start', () => {
    const many = { ...faulty, samples: Array.from({ length: 200 }, () => faulty.samples).flat() };
    const [first] = chartedPaths({ ...page, recording: many }).paths;
    expect(first?.attempts).toHaveLength(300);
    expect(Math.min(...first!.attempts.map(({ sample: each }) => each.totalMs))).toBeGreaterThan(5000);
  });

  test('there are none without a recording', () => {
    expect(chartedPaths({ ...page, recording: null })).toEqual({ paths: [], leftOut: 0 });
  });
});

describe('timers', () => {
  test('are those of the findings and of the ingress, one for each duration', () => {
    expect(timersOf(judged, faulty)).toEqual([{ name: 'nginx proxy-connect-timeout', ms: 5000 }]);
    expect(timersOf({ ...judged, findings: [] }, faulty)).toEqual([
      { name: 'ingress-nginx connect timeout', ms: 5000 },
    ]);
  });

  const timers = [{ name: 'five', ms: 5000 }];
  test.for([
    ['an answer soon after', sample({ connectMs: 0.4, firstByteMs: 5003 }), 1],
    ['a quick answer', sample({ connectMs: 0.4 }), 0],
    ['an answer much later', sample({ firstByteMs: 9000 }), 0],
    ['an attempt that the end of the run cut', cut({ waitedMs: 5100 }), 0],
  ] as const)('%s bears the mark of %i', ([, attempt, count]) => {
    expect(marked(timers, [attempt])).toHaveLength(count);
  });

  test.for([
    ['no SYN went again', [sample()], '4', []],
    ['linear, since Linux 6.5', [silent()], '4', [1000, 2000, 3000, 4000, 5000]],
    ['doubling', [silent({ synRetransmissions: 3 })], '0', [1000, 3000, 7000]],
  ] as const)('SYN again: %s', ([, samples, linear, expected]) => {
    const sysctls = { 'net.ipv4.tcp_syn_linear_timeouts': linear, 'net.ipv4.tcp_syn_retries': '6' };
    const given = recording({ hellos: [hello('local', { sysctls })] });
    expect(synRetransmissionsMs(samples, given, 'local')).toEqual(expected);
  });
});

describe('the picture', () => {
  const map = routeMap(judged, faulty);
  const title = (id: string) => map.boxes.find((box) => box.id === id)?.title;
  const hops = map.hops.map((hop) => ({ ...hop, from: title(hop.from), to: title(hop.to) }));

  test('goes from the clients by the ingress to the Service and its pods', () => {
    expect(map.columns).toEqual(['Clients', 'Ingress', 'Service and pods']);
    expect(new Set(map.boxes.filter(({ column }) => column === 1).map((box) => box.title))).toEqual(
      new Set(['Ingress on worker-1', 'Ingress on worker-2', 'Ingress on worker-3']),
    );
  });

  test('what clients feel comes before the hop that is bad', () => {
    const felt = hops.filter(({ to }) => to === 'Ingress on worker-1');
    expect(felt).toHaveLength(2);
    expect(felt.map(({ state, isBefore }) => [state, isBefore])).toEqual([
      ['slow', true],
      ['slow', true],
    ]);
  });

  test('marks the hops between nodes as broken, and those on one node as good', () => {
    const between = (from: string, to: string) => hops.find((hop) => hop.from === from && hop.to === to);
    expect(between('Ingress on worker-1', 'web-2')).toMatchObject({
      state: 'broken',
      isBefore: false,
      says: '3 of 3 unanswered',
    });
    expect(between('Ingress on worker-1', 'web-1')).toMatchObject({ state: 'good' });
  });

  test('shows no experiment beside the users’ way', () => {
    expect(map.boxes.filter(({ title: each }) => /twin|dns/iu.test(each))).toEqual([]);
  });

  test('of a Service has no ingress', () => {
    const given = run({ target: serviceOnly() });
    const direct = routeMap(judge(given), given);
    expect(direct.columns).toEqual(['Clients', 'Service and pods']);
    expect(direct.hops.length).toBeGreaterThan(0);
  });
});
