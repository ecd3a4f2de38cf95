import { describe, expect, test } from 'vitest';
import { ladderOf } from '../../../src/judge/evidence/ladder.ts';
import { pathEvidence } from '../../../src/judge/evidence/path-evidence.ts';
import { scheduleFrom, synSchedule } from '../../../src/judge/evidence/syn-schedule.ts';
import type { Sample } from '../../../probes/wire.ts';
import { agent, path, refused, sample, silent, to } from '../make.ts';

const LINEAR = { 'net.ipv4.tcp_syn_linear_timeouts': '4', 'net.ipv4.tcp_syn_retries': '6' };
const OLD = { 'net.ipv4.tcp_syn_linear_timeouts': null, 'net.ipv4.tcp_syn_retries': '6' };

function ladder(samples: readonly Sample[], sysctls: Record<string, string | null>) {
  const measured = pathEvidence({
    path: path('control@worker-1', to.backend()),
    from: agent('control@worker-1'),
    to: null,
    attempts: samples.map((each, index) => ({ index, sample: each })),
    schedule: scheduleFrom(sysctls),
    slowAfterMs: 200,
    isFarEndLost: false,
  });
  return ladderOf(measured, sysctls);
}
const lost = (synRetransmissions: number, connectMs: number) => sample({ connectMs, synRetransmissions });

describe('the kernel’s schedule', () => {
  test.for([
    [4, 6, [1, 2, 3, 4, 5, 7, 11, 19, 35, 67], 131],
    [0, 6, [1, 3, 7, 15, 31, 63], 127],
    [4, 2, [1, 2, 3, 4, 5], 7],
    [4, 1, [1, 2], 3],
    [4, 3, [1, 2, 3, 4, 5, 7, 11], 19],
    [4, 4, [1, 2, 3, 4, 5, 7, 11, 19], 35],
    [4, 5, [1, 2, 3, 4, 5, 7, 11, 19, 35], 67],
    [0, 1, [1], 3],
    [0, 5, [1, 3, 7, 15, 31], 63],
  ] as const)('linear %i, retries %i: SYNs again at %j s, given up at %i s', ([linear, retries, at, end]) => {
    const schedule = synSchedule(linear, retries);
    expect(schedule.retransmissionsMs).toEqual(at.map((seconds) => seconds * 1000));
    expect(schedule.giveUpMs).toBe(end * 1000);
  });

  test.for([
    ['nothing was read', {}, null],
    ['the kernel is older', OLD, 'exponential'],
    ['it is set to 0', { ...LINEAR, 'net.ipv4.tcp_syn_linear_timeouts': '0' }, 'exponential'],
    ['the default since 6.5', LINEAR, 'linear'],
    ['a value that is no number', { 'net.ipv4.tcp_syn_linear_timeouts': 'x' }, 'exponential'],
    ['a retry count that is absurd', { ...LINEAR, 'net.ipv4.tcp_syn_retries': '1e9' }, 'linear'],
  ] as const)('%s', ([, sysctls, kind]) => {
    expect(scheduleFrom(sysctls)?.kind ?? null).toBe(kind);
  });
});

describe('the ladder of a path', () => {
  test('a path without retransmissions has none, and its loss has an honest upper end', () => {
    const clean = ladder([sample({ connectMs: 1 }), sample({ connectMs: 2 })], LINEAR);
    expect(clean).toMatchObject({ rungs: [], fitting: { of: 0 }, loss: { count: 0, of: 2 } });
    expect(clean.loss.interval[1]).toBeGreaterThan(0.5);
  });

  // Connect times measured on Linux 6.18 with exactly the first k SYNs dropped.
  test.for([
    ['linear', LINEAR, [1017, 2035, 3069, 4083, 5111, 7117, 11_337]],
    ['exponential', OLD, [1028, 3041, 7252, 15_415, 31_549]],
  ] as const)('k lost SYNs fit the %s schedule', ([kind, sysctls, times]) => {
    const found = ladder(
      times.map((ms, index) => lost(index + 1, ms)),
      sysctls,
    );
    expect(found.schedule?.kind).toBe(kind);
    expect(found.knownBy).toBe('sysctl');
    expect(found.fitting).toMatchObject({ count: times.length, of: times.length });
  });

  test.for([
    [[1017], null],
    [[1017, 2035], 'linear'],
    [[1028, 3041], 'exponential'],
    [[1028, 3041, 7252], 'exponential'],
  ] as const)('times %j alone tell the schedule %s', ([times, kind]) => {
    const found = ladder(
      times.map((ms, index) => lost(index + 1, ms)),
      {},
    );
    expect(found.schedule?.kind ?? null).toBe(kind);
  });

  test('times off the schedule do not fit', () => {
    expect(ladder([lost(1, 1700), lost(2, 2035)], LINEAR).fitting).toMatchObject({ count: 1, of: 2 });
  });

  test('a retransmission that the socket table no longer showed is counted by the time and the counter', () => {
    const counters = { 'TcpExt.TCPSynRetrans': 4 };
    const found = ladder([sample({ connectMs: 3069, synRetransmissions: 2, counters, concurrent: 3 })], LINEAR);
    expect(found.rungs[0]?.retransmissions).toBe(3);
  });

  test('a connect that was noticed late is no retransmission', () => {
    const counters = { 'TcpExt.TCPSynRetrans': 1 };
    expect(ladder([sample({ connectMs: 1010, counters, stalledMs: 1000, concurrent: 1 })], LINEAR).rungs).toEqual([]);
  });

  test('retransmissions of others are not this connection’s', () => {
    const counters = { 'TcpExt.TCPSynRetrans': 4 };
    expect(ladder([sample({ connectMs: 1, counters, concurrent: 3 })], LINEAR).rungs).toEqual([]);
  });

  test('every SYN is a trial: silent connects lose all, a refusal answers the last', () => {
    const found = ladder(
      [sample({ connectMs: 1 }), lost(2, 2035), silent(), refused({ synRetransmissions: 1, connectMs: 1005 })],
      LINEAR,
    );
    expect(found.loss).toMatchObject({ count: 0 + 2 + 6 + 1, of: 1 + 3 + 6 + 2 });
  });
});
