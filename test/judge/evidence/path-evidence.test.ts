import { describe, expect, test } from 'vitest';
import { pathEvidence, withoutPort } from '../../../src/judge/evidence/path-evidence.ts';
import { synSchedule } from '../../../src/judge/evidence/syn-schedule.ts';
import type { Sample } from '../../../probes/wire.ts';
import type { Path } from '../../../src/model/plan.ts';
import { agent, cut, path, refused, sample, silent, times, to, unreachable } from '../make.ts';

const TCP = path('control@worker-1', to.backend());
const DNS = path('control@worker-1', to.dns());
const ICMP = { 'IcmpMsg.InType3': 1 };
const ICMP6 = { 'Icmp6.InDestUnreachs': 1 };
const OVER_IPV6 = { local: '[fd00::9]:40000' };

const evidence = (samples: readonly Sample[], of: Path = TCP) =>
  pathEvidence({
    path: of,
    from: agent('control@worker-1'),
    to: null,
    attempts: samples.map((each, index) => ({ index, sample: each })),
    schedule: synSchedule(4),
    slowAfterMs: 200,
    isFarEndLost: false,
  });

describe('the state of a path', () => {
  const reset = sample({ connectMs: 1, outcome: { kind: 'reset', phase: 'first-byte' } });
  const hung = silent({ phase: 'first-byte', phases: { connect: 1, 'first-byte': 6700 } });
  test.for([
    ['nothing was sent', [], 'unmeasured'],
    ['all was cut too soon', times(3, () => cut({ waitedMs: 2000, synRetransmissions: 1 })), 'unmeasured'],
    [
      'no socket could be made',
      [sample({ outcome: { kind: 'error', phase: 'connect', code: 'EMFILE', message: '' } })],
      'unmeasured',
    ],
    ['all answered at once', times(3, () => sample({ connectMs: 1 })), 'open'],
    ['all answered, slowly, by the application', times(3, () => sample({ connectMs: 1, firstByteMs: 5000 })), 'open'],
    ['one needed a retransmission', [sample(), sample({ connectMs: 1010, synRetransmissions: 1 })], 'lossy'],
    ['one of two was refused', [sample(), refused()], 'lossy'],
    ['nothing came back', times(3, silent), 'silent'],
    ['nothing came back until the run was cut', [cut({ waitedMs: 3000, synRetransmissions: 2 })], 'silent'],
    ['every one by RST', times(3, refused), 'refused'],
    ['every one by ICMP port-unreachable', times(3, () => refused({ counters: ICMP })), 'rejected'],
    ['every one by ICMPv6 port-unreachable', times(3, () => refused({ counters: ICMP6, ...OVER_IPV6 })), 'rejected'],
    [
      'every one by ICMPv6, from an address unknown',
      times(3, () => refused({ counters: ICMP6, local: null })),
      'rejected',
    ],
    ['every one by RST, while ICMPv6 moved beside IPv4', times(3, () => refused({ counters: ICMP6 })), 'refused'],
    [
      'every one by RST, while ICMP moved beside IPv6',
      times(3, () => refused({ counters: ICMP, ...OVER_IPV6 })),
      'refused',
    ],
    ['every one by EHOSTUNREACH', times(3, () => unreachable()), 'rejected'],
    ['by ICMP and by EHOSTUNREACH', [unreachable(), refused({ counters: ICMP })], 'rejected'],
    ['in several ways', [silent(), refused()], 'dead'],
    ['connected and then fell silent', [hung], 'dead'],
    ['reset by the peer', [reset], 'dead'],
    [
      'one DNS answer of two',
      [silent({ phase: 'dns', dns: { rcode: 'NOERROR', answers: [], truncated: false, questions: [] } })],
      'dead',
    ],
  ] as const)('%s', ([, samples, state]) => {
    expect(evidence(samples).state).toBe(state);
  });

  test.for([
    [
      'another attempt was in flight, and nothing surer is known',
      [refused({ counters: ICMP, concurrent: 2 })],
      'rejected',
    ],
    [
      'a surer refusal of the same path moved no counter',
      [refused(), refused({ counters: ICMP, concurrent: 2 })],
      'refused',
    ],
    [
      'a surer rejection of the same path',
      [refused({ counters: ICMP }), refused({ counters: ICMP, concurrent: 2 })],
      'rejected',
    ],
    ['the counter came by its other name', [refused({ counters: { 'Icmp.InDestUnreachs': 1 } })], 'rejected'],
  ] as const)('RST or ICMP: %s', ([, samples, state]) => {
    expect(evidence(samples).state).toBe(state);
  });

  test('UDP has no RST: a refused datagram was rejected by ICMP', () => {
    const closed = sample({ phases: { dns: 1 }, outcome: { kind: 'refused', phase: 'dns' } });
    expect(evidence([closed], DNS).state).toBe('rejected');
  });
});

describe('samples are kept', () => {
  test.for([
    ['a 60 ms stall does not explain a silence of 6.7 s', silent({ stalledMs: 60 })],
    ['the kernel repeated the SYN while we stalled', silent({ stalledMs: 6000 })],
    ['a connect on the SYN schedule', sample({ connectMs: 1017, synRetransmissions: 1, stalledMs: 600 })],
    ['a refusal is true however late it was read', refused({ connectMs: 400, stalledMs: 390 })],
    ['an answer in good time: a stall only adds', sample({ connectMs: 150, stalledMs: 140 })],
    ['a small stall', sample({ connectMs: 1, firstByteMs: 300, stalledMs: 50 })],
    ['a 5 s answer with a short throttling', sample({ connectMs: 1, firstByteMs: 5000, throttledMs: 200 })],
    ['a DNS query cut after 2.5 s', cut({ phase: 'dns', waitedMs: 2500 })],
    [
      'a request cut past the failover timers',
      cut({ phase: 'first-byte', waitedMs: 5600, phases: { connect: 1, 'first-byte': 5600 } }),
    ],
  ] as const)('%s', ([, each]) => {
    expect(evidence([each])).toMatchObject({ setAside: 0, attempts: [{ index: 0 }] });
  });
});

describe('answers count, but not their time', () => {
  test.for([
    ['during a stall of its size', sample({ connectMs: 1, firstByteMs: 300, stalledMs: 250 })],
    ['while throttled', sample({ connectMs: 1, firstByteMs: 300, throttledMs: 250 })],
    ['while the prober waited for a CPU', sample({ connectMs: 1, firstByteMs: 300, cpuWaitMs: 250 })],
  ] as const)('%s', ([, each]) => {
    const path = evidence([each]);
    expect(path).toMatchObject({ setAside: 0, answered: [{ index: 0 }], timed: [], modes: [], state: 'open' });
    expect(path.median('total')).toBeNull();
  });
});

describe('samples are set aside', () => {
  test.for([
    ['a datagram that nobody could receive', silent({ phase: 'dns', waitedMs: 3000, stalledMs: 2000 })],
    ['a connect cut before 2.5 s', cut({ waitedMs: 2400, synRetransmissions: 2 })],
    ['a connect cut without any retransmission', cut({ waitedMs: 4000 })],
    [
      'a request cut while the proxy may still fail over',
      cut({ phase: 'first-byte', waitedMs: 4000, phases: { connect: 1, 'first-byte': 4000 } }),
    ],
    ['no local port', sample({ outcome: { kind: 'error', phase: 'connect', code: 'EADDRNOTAVAIL', message: '' } })],
    ['no right', sample({ outcome: { kind: 'error', phase: 'connect', code: 'EPERM', message: '' } })],
  ] as const)('%s', ([, each]) => {
    expect(evidence([each])).toMatchObject({ setAside: 1, attempts: [], state: 'unmeasured' });
  });
});

test('a broken protocol is an unanswered attempt', () => {
  const error = sample({ outcome: { kind: 'error', phase: 'tls', code: 'EPROTO', message: 'bad record' } });
  expect(evidence([error])).toMatchObject({ state: 'dead', lost: { count: 1, of: 1 } });
});

test('modes leave out what the prober itself gave up', () => {
  const found = evidence([
    ...times(5, () => sample({ connectMs: 2 })),
    ...times(5, () => sample({ connectMs: 2, firstByteMs: 5000 })),
    silent(),
  ]);
  expect(found.modes.map((mode) => mode.share)).toEqual([0.5, 0.5]);
  expect(found.lost).toMatchObject({ count: 1, of: 11 });
});

test('medians are over answered attempts only', () => {
  const found = evidence([sample({ connectMs: 1 }), sample({ connectMs: 3 }), refused({ connectMs: 900 })]);
  expect(found.median('connect')).toBe(2);
  expect(found.median('total')).toBe(2);
  expect(found.median('tls')).toBeNull();
});

test('the far end’s words are counted by address', () => {
  const found = evidence([
    sample({ seen: '10.244.1.0:41000' }),
    sample({ seen: '10.0.0.1:41001' }),
    sample({ seen: '10.244.1.0:41002' }),
  ]);
  expect(found.seenAs).toEqual(['10.244.1.0', '10.0.0.1']);
});

test.for([
  ['10.0.0.1:80', '10.0.0.1'],
  ['10.0.0.1', '10.0.0.1'],
  ['[fd00::1]:80', 'fd00::1'],
  ['fd00::1', 'fd00::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['[::ffff:10.0.0.1]:80', '10.0.0.1'],
  ['::ffff:10.0.0.1:80', '10.0.0.1'],
] as const)('%s is the address %s', ([endpoint, address]) => {
  expect(withoutPort(endpoint)).toBe(address);
});
