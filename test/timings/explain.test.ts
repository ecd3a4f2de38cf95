import { describe, expect, test } from 'vitest';
import type { TimingsReport } from '../../src/model/timings.ts';
import { explainTimings } from '../../src/timings/explain.ts';
import { readTimings } from '../../src/timings/read.ts';

function reportOf(text: string): TimingsReport {
  const read = readTimings(text);
  if (read?.ok !== true) throw new Error(JSON.stringify(read));
  return explainTimings(read.value, '0.1.0');
}

const column = (values: readonly number[]) => reportOf(values.map((seconds) => seconds.toFixed(4)).join('\n'));
const fast = (count: number) => Array.from({ length: count }, (_, index) => 0.003 + index * 0.0001);
const ids = (report: TimingsReport) => report.candidates.map(({ timer }) => timer);
const doubts = (report: TimingsReport) =>
  report.doesNotFit.map(({ suspect, because }) => `${suspect}: ${because}`).join('\n');
const remarks = (report: TimingsReport) => report.remarks.join('\n');

describe('no candidates', () => {
  test.for<[string, TimingsReport]>([
    ['fast attempts', column(fast(20))],
    ['slow work, spread', column([0.31, 0.35, 0.4, 0.44, 0.52, 0.6, 0.68, 0.75])],
    ['a value between all timers', column([...fast(10), 0.6842, 0.6843])],
    [
      'echoes',
      reportOf(
        'PING a (10.0.0.1) 56(84) bytes of data.\n64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1003 ms\n64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=0.4 ms\n',
      ),
    ],
  ])('%s', ([, report]) => {
    expect(ids(report)).toEqual([]);
    expect(report.status).toBe('inconclusive');
  });
});

describe('candidates', () => {
  test('the SYN schedules are told apart by their steps', () => {
    const linear = column([...fast(90), 1.017, 1.02, 1.03, 1.012, 2.035, 2.04, 3.069, 4.083]);
    expect(ids(linear)[0]).toBe('syn-retransmission');
    expect(linear.candidates[0]?.nominalMs).toEqual([1000, 2000, 3000, 4000]);
    const older = column([...fast(90), 1.028, 1.03, 1.02, 1.01, 3.041, 3.05, 7.252]);
    expect(ids(older)[0]).toBe('syn-retransmission');
    expect(older.candidates[0]?.nominalMs).toEqual([1000, 3000, 7000]);
  });

  test('a lone later step is no chance loss', () => {
    const report = column([...fast(10), 5.004, 5.003, 5.002]);
    expect(ids(report)).not.toContain('syn-retransmission');
    expect(doubts(report)).toContain('SYN retransmission: 5.0 s is a later step of it');
  });

  test('the phase takes most of the candidates away', () => {
    const lookup = 'time_namelookup: 5.004 time_connect: 5.005 time_starttransfer: 5.008 time_total: 5.009\n';
    const report = reportOf(
      `time_namelookup: 0.004 time_connect: 0.005 time_starttransfer: 0.008 time_total: 0.009\n${lookup}`,
    );
    expect(ids(report)[0]).toBe('glibc-resend');
    expect(ids(report)).not.toContain('nginx-connect-timeout');
    expect(doubts(report)).toContain('not in dns');
    expect(report.settle?.command).toContain('--from NAMESPACE/WORKLOAD');
  });

  test('the status does, too', () => {
    expect(ids(reportOf('200 0.003\n503 5.004\n503 5.003\n'))).toContain('envoy-connect-timeout');
    const answered = reportOf('200 0.003\n200 5.004\n200 5.003\n');
    expect(ids(answered)).not.toContain('envoy-connect-timeout');
    expect(doubts(answered)).toContain('Envoy connect_timeout: it ends in an error, not in an answer');
  });

  test('so does the client', () => {
    const csv =
      'response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n0.0030,0.0010,0.0005,0.0001,0.0010,0.0001,200,0.0\n5.0040,5.0010,5.0005,0.0001,0.0010,0.0001,200,0.1\n';
    expect(ids(reportOf(csv))).toContain('go-resolver-timeout');
    expect(ids(reportOf(csv))).not.toContain('glibc-resend');
  });

  test('waits that an earlier request began', () => {
    const report = reportOf(['200 0.003', '503 5.004', '503 4.003', '503 3.004', '503 2.003', '503 1.002'].join('\n'));
    expect(ids(report).slice(0, 3)).toContain('envoy-shared-connect-timer');
  });

  test('pairs at multiples of 5 s are lookups that queue for Node’s two threads', () => {
    const pairs = column([5.004, 5.005, 10.009, 10.01, 15.014, 15.015, 20.019, 20.02]);
    expect(ids(pairs)).toContain('lookup-queue');
    expect(pairs.candidates.find(({ timer }) => timer === 'lookup-queue')).toMatchObject({
      nominalMs: [5000, 10_000, 15_000, 20_000],
      modes: [0, 1, 2, 3],
    });
  });

  test('tcp_retries2 is acquitted wherever something takes seconds', () => {
    expect(doubts(column([...fast(10), 5.004]))).toContain('tcp_retries2: it shows at 15 min');
  });
});

describe('what to beware of', () => {
  test.for<[string, TimingsReport, string]>([
    ['too few attempts', column([0.003, 5.004]), '2 attempts are too few'],
    ['rounded values', reportOf('0.0s\n5.0s\n5.0s\n0.0s\n'), 'rounded to'],
    [
      'the client’s own limit',
      reportOf(
        '{"latency":30001000000,"code":0,"url":"http://x/","seq":0}\n{"latency":30000500000,"code":0,"url":"http://x/","seq":1}\n{"latency":3000000,"code":200,"url":"http://x/","seq":2}\n',
      ),
      '30.0 s is the client’s own limit',
    ],
    ['what may be a limit', reportOf('200 0.003\n000 10.001\n000 10.002\n'), '10 s may be the client’s own limit'],
    [
      'wide buckets',
      reportOf(
        'x_seconds_bucket{le="0.1"} 90\nx_seconds_bucket{le="2.5"} 90\nx_seconds_bucket{le="10"} 100\nx_seconds_bucket{le="+Inf"} 100\n',
      ),
      'buckets hide the value',
    ],
    ['a unit that was guessed', column([0.003, 0.004]), 'read as seconds'],
    [
      'columns without names',
      reportOf('0.001 0.002 0.003 0.003\n0.001 0.002 5.003 5.004\n'),
      'read as time_namelookup, time_connect, time_starttransfer, time_total',
    ],
  ])('%s', ([, report, says]) => {
    expect(remarks(report)).toContain(says);
  });

  test('a known limit names no timer', () => {
    const lines = [
      '{"latency":30001000000,"code":0,"url":"http://x/","seq":0}',
      '{"latency":3000000,"code":200,"url":"http://x/","seq":2}',
    ];
    expect(ids(reportOf(lines.join('\n')))).toEqual([]);
  });
});

test('shares are intervals, and what was not counted widens them', () => {
  expect(
    column([...fast(5), 5.001, 5.002, 5.003, 5.004, 5.005]).modes.map(({ share }) => share[0] < 0.5 && share[1] > 0.5),
  ).toEqual([true, true]);
});

test('attempts without a time are not passed over', () => {
  const report = reportOf(
    'PING a (10.0.0.1) 56(84) bytes of data.\n64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.4 ms\n\n--- a ping statistics ---\n3 packets transmitted, 1 received, 66% packet loss, time 2029ms\n',
  );
  expect(report.summary).toBe('those with a time take 0.4 ms: no timer shows in them and 2 of 3 have no time (lost)');
  expect(report.settle?.command).toBe('kprobe matrix');
});

test('the target of the timings goes into the command', () => {
  const line = '{"latency":5001000000,"code":200,"url":"http://shop.example.com/cart?x=1","seq":0}';
  expect(reportOf(line).settle?.command).toBe('kprobe diagnose http://shop.example.com/cart');
});
