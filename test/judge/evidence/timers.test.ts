import { describe, expect, test } from 'vitest';
import { matchTimers, whyNot } from '../../../src/judge/evidence/timers.ts';
import { timers } from '../../../src/judge/evidence/timer-catalogue.ts';
import { controller } from '../make.ts';
import type { Delay } from '../../../src/judge/evidence/timer.ts';

const LINEAR = { 'net.ipv4.tcp_syn_linear_timeouts': '4', 'net.ipv4.tcp_syn_retries': '6' };
const OLD = { 'net.ipv4.tcp_syn_linear_timeouts': null };

const delay = (over: Partial<Delay>): Delay => ({
  ms: 5003,
  phase: 'first-byte',
  outcome: 'answered',
  status: 200,
  probe: 'http',
  synRetransmissions: 0,
  counters: {},
  sysctls: LINEAR,
  controller: controller(),
  ...over,
});
const connect = (over: Partial<Delay>) =>
  delay({ phase: 'connect', status: null, probe: 'tcp', controller: 'none', ...over });
const dns = (over: Partial<Delay>) =>
  delay({ phase: 'dns', status: null, probe: 'resolver', controller: 'none', ...over });
const ids = (of: Delay) => matchTimers(of).matches.map((match) => match.timer.id);

describe('no timer', () => {
  test.for([
    ['a fast answer', delay({ ms: 3 })],
    ['a slow application', delay({ ms: 1300, controller: 'none' })],
    ['a connect between the rungs', connect({ ms: 1500, synRetransmissions: 1 })],
    ['the 2 s rung on an old kernel', connect({ ms: 2035, synRetransmissions: 2, sysctls: OLD })],
    ['1 s in connect without a retransmission', connect({ ms: 1010 })],
    ['refused after 1 s without ICMP', connect({ ms: 1010, synRetransmissions: 1, outcome: 'refused' })],
    ['4.8 s, before any 5 s timer', delay({ ms: 4800 })],
  ] as const)('%s', ([, of]) => {
    expect(ids(of)).toEqual([]);
  });
});

describe('the timer that fired', () => {
  test.for([
    [
      '1 s in connect after one retransmission',
      connect({ ms: 1017, synRetransmissions: 1 }),
      'syn-retransmission',
      1000,
    ],
    ['the fifth rung since 6.5', connect({ ms: 5111, synRetransmissions: 5 }), 'syn-retransmission', 5000],
    ['the second rung before', connect({ ms: 3041, synRetransmissions: 2, sysctls: OLD }), 'syn-retransmission', 3000],
    ['131 s', connect({ ms: 134_530, outcome: 'silent', synRetransmissions: 10 }), 'syn-give-up', 131_000],
    [
      '127 s before 6.5',
      connect({ ms: 129_310, outcome: 'silent', synRetransmissions: 6, sysctls: OLD }),
      'syn-give-up',
      127_000,
    ],
    [
      'a reject that waited for its ICMP',
      connect({ ms: 1004, outcome: 'refused', synRetransmissions: 1, counters: { 'IcmpMsg.InType3': 1 } }),
      'rate-limited-reject',
      1000,
    ],
    ['a neighbour that is not there', connect({ ms: 3070, outcome: 'unreachable' }), 'neighbour-failure', 3000],
    [
      'a lost request segment',
      delay({ ms: 208, controller: 'none', counters: { 'TcpExt.TCPLossProbes': 1 } }),
      'lost-request-segment',
      200,
    ],
    ['a lost answer segment', delay({ ms: 417, controller: 'none' }), 'lost-answer-segment', 400],
    ['MTU probing', delay({ ms: 6520, phase: 'body', controller: 'none' }), 'mtu-probing', 6500],
    ['the ingress goes on after 5 s', delay({ ms: 5003 }), 'nginx-connect-timeout', 5000],
    ['the ingress goes on after two', delay({ ms: 10_006 }), 'nginx-connect-timeout', 10_000],
    ['the ingress gives up after three', delay({ ms: 15_010, status: 504 }), 'nginx-connect-give-up', 15_000],
    [
      'the ingress with a timeout of its own',
      delay({ ms: 2003, controller: controller({ connectTimeoutMs: 2000 }) }),
      'nginx-connect-timeout',
      2000,
    ],
    ['a read timeout', delay({ ms: 60_020, status: 504 }), 'nginx-read-timeout', 60_000],
    [
      'Envoy',
      delay({ ms: 5004, status: 503, controller: controller({ implementation: 'envoy', connectTimeoutMs: null }) }),
      'envoy-connect-timeout',
      5000,
    ],
    [
      'Contour',
      delay({ ms: 2002, status: 503, controller: controller({ implementation: 'contour', connectTimeoutMs: null }) }),
      'contour-connect-timeout',
      2000,
    ],
    ['glibc', dns({ ms: 5005 }), 'glibc-resend', 5000],
    ['glibc with four names', dns({ ms: 20_020 }), 'glibc-resend', 20_000],
    [
      'glibc, the second of three servers',
      dns({ ms: 8010, resolver: { servers: ['a', 'b', 'c'], options: [] } }),
      'glibc-resend',
      8000,
    ],
    [
      'glibc with timeout:1',
      dns({ ms: 1004, resolver: { servers: ['a'], options: ['timeout:1'] } }),
      'glibc-resend',
      1000,
    ],
    ['glibc gives up on one server', dns({ ms: 10_007, outcome: 'error' }), 'glibc-give-up', 10_000],
    [
      'glibc gives up on two',
      dns({ ms: 20_021, outcome: 'error', resolver: { servers: ['a', 'b'], options: [] } }),
      'glibc-give-up',
      20_000,
    ],
    [
      'glibc gives up on three',
      dns({ ms: 28_020, outcome: 'error', resolver: { servers: ['a', 'b', 'c'], options: [] } }),
      'glibc-give-up',
      28_000,
    ],
    ['musl', dns({ ms: 2503 }), 'musl-resend', 2500],
    ['CoreDNS and its upstream', dns({ ms: 2004, probe: 'dns' }), 'coredns-forward', 2000],
    [
      'undici in somebody’s program',
      connect({ ms: 10_400, outcome: 'error', probe: null, controller: null }),
      'undici-connect-timeout',
      10_000,
    ],
    [
      'nobody notices tcp_retries2 by default',
      delay({ ms: 925_000, outcome: 'silent', status: null, controller: 'none' }),
      'tcp-retries2',
      924_600,
    ],
  ] as const)('%s', ([, of, id, nominalMs]) => {
    const [best] = matchTimers(of).matches;
    expect(best?.timer.id).toBe(id);
    expect(best?.nominalMs).toBe(nominalMs);
  });
});

describe('timers inside the application', () => {
  const outside = (over: Partial<Delay>) => delay({ probe: null, controller: 'none', counters: null, ...over });

  test.for([
    ['an answer', outside({ ms: 30_010 })],
    ['a gateway error', outside({ ms: 30_010, status: 504 })],
    ['a connect', connect({ ms: 30_010, outcome: 'error', probe: null })],
    ['between their values', outside({ ms: 20_100, status: 500 })],
  ] as const)('are silent at %s', ([, of]) => {
    const named = ids(of).filter((id) => ['pool-acquire', 'unreachable-database', 'redis-retries'].includes(id));
    expect(named).toEqual([]);
  });

  test('do not explain an answer to a probe of our own that came late', () => {
    for (const ms of [2005, 5003, 10_004, 12_050, 15_010, 30_010, 60_020])
      expect(ids(delay({ ms, controller: 'none' }))).toEqual([]);
  });

  test.for([
    ['pool-acquire', outside({ ms: 30_010, status: 500 })],
    ['pool-acquire', outside({ ms: 60_020, status: 500 })],
    ['unreachable-database', outside({ ms: 10_020, status: 500 })],
    ['redis-retries', outside({ ms: 102_270, status: 500 })],
    ['redis-retries', outside({ ms: 73_160, status: 500 })],
    ['kafka-metadata', outside({ ms: 60_050, status: 500 })],
    ['gunicorn-worker-timeout', outside({ ms: 30_713, status: 500 })],
    ['cloud-metadata', outside({ ms: 2090 })],
    ['cloud-metadata', outside({ ms: 5280 })],
    ['cloud-metadata', outside({ ms: 11_870 })],
    ['pgbouncer-login', outside({ ms: 15_020 })],
    ['admission-webhook-timeout', outside({ ms: 10_030 })],
  ] as const)('%s', ([id, of]) => {
    expect(ids(of)).toContain(id);
  });

  test('the proxy on the way, whose status it is, comes before them', () => {
    const behind = controller({ implementation: 'haproxy', connectTimeoutMs: null });
    expect(ids(delay({ ms: 5004, status: 503, controller: behind }))[0]).toBe('haproxy-connect-timeout');
  });
});

describe('clients and balancers that people meet', () => {
  test.for([
    ['expect-continue', delay({ ms: 1004, probe: null, client: 'curl' })],
    ['go-tls-handshake-timeout', delay({ ms: 10_010, phase: 'tls', outcome: 'error', probe: null, client: 'go' })],
    ['bind-tools-timeout', dns({ ms: 15_010, outcome: 'error', probe: null })],
    [
      'varnish-connect-timeout',
      delay({
        ms: 3600,
        status: 503,
        controller: controller({ implementation: 'varnish', connectTimeoutMs: null }),
      }),
    ],
    ['cloud-load-balancer', delay({ ms: 29_020, status: 504, probe: null, controller: null })],
    ['cloud-load-balancer', delay({ ms: 60_020, status: 504, controller: null })],
  ] as const)('%s', ([id, of]) => {
    expect(ids(of)).toContain(id);
  });

  test.for([
    ['expect-continue', delay({ ms: 1004 }), 'made without it'],
    [
      'go-tls-handshake-timeout',
      delay({ ms: 10_010, phase: 'tls', outcome: 'error', probe: null, client: 'curl' }),
      'another client',
    ],
    ['cloud-load-balancer', delay({ ms: 60_020, status: 504 }), 'another'],
  ] as const)('not %s where it cannot be', ([id, of, because]) => {
    expect(whyNot(id, of)).toContain(because);
  });
});

describe('why not', () => {
  test.for([
    ['tcp-retries2', delay({}), ['15 min', 'it ends in an error, not in an answer']],
    ['syn-retransmission', delay({}), ['not in first-byte']],
    ['syn-retransmission', connect({ ms: 5003 }), ['did not retransmit its SYN as often']],
    ['glibc-resend', delay({}), ['it shows in dns', 'did not go through it']],
    ['haproxy-connect-timeout', delay({}), ['does not lead through haproxy']],
    ['envoy-connect-timeout', delay({}), ['it ends in an error', 'does not lead through envoy']],
  ] as const)('%s', ([id, of, parts]) => {
    const because = whyNot(id, of) ?? '';
    for (const part of parts) expect(because).toContain(part);
  });

  test('a timer that fits is not excused', () => {
    expect(whyNot('nginx-connect-timeout', delay({}))).toBeNull();
  });

  test('5.0 s in first byte names the look-alikes that it is not, tcp_retries2 among them', () => {
    const misses = matchTimers(delay({})).nearMisses.map((miss) => miss.timer.id);
    expect(misses).toEqual(
      expect.arrayContaining(['tcp-retries2', 'syn-retransmission', 'glibc-resend', 'haproxy-connect-timeout']),
    );
  });

  test('tcp_retries2 follows its sysctl', () => {
    const of = delay({ ms: 3000, sysctls: { 'net.ipv4.tcp_retries2': '3' } });
    expect(whyNot('tcp-retries2', of)).toBe('it ends in an error, not in an answer');
  });
});

test('every timer has an id of its own and says where its values come from', () => {
  expect(new Set(timers.map((timer) => timer.id)).size).toBe(timers.length);
  expect(timers.filter((timer) => timer.source === '' || timer.phases.length === 0)).toEqual([]);
});

test('without knowing anything more than a time and a phase, all candidates are named', () => {
  const bare = delay({ ms: 5004, controller: null, counters: null, probe: null, status: null, sysctls: {} });
  expect(ids(bare)).toEqual(expect.arrayContaining(['nginx-connect-timeout', 'haproxy-connect-timeout']));
});
