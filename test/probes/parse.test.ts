import { describe, expect, test } from 'vitest';
import { checkMessage, encode, parseAssignment, parseMessage, parsePeers } from '../../probes/parse.ts';
import type { Assignment, Sample } from '../../probes/wire.ts';
import { MAX_LINE_LENGTH } from '../../probes/wire.ts';

const sample: Sample = {
  type: 'sample',
  path: 'a>b',
  attempt: 3,
  at: 1_795_264_791_050,
  lateMs: 0.4,
  outcome: { kind: 'silent', phase: 'connect', waitedMs: 16_700, code: null },
  phases: { connect: 16_700 },
  totalMs: 16_700,
  local: '10.0.0.1:40000',
  seen: null,
  synRetransmissions: 7,
  dataRetransmissions: 0,
  counters: { 'TcpExt.TCPSynRetrans': 7 },
  concurrent: 2,
  http: null,
  dns: { rcode: 'NOERROR', answers: ['10.0.0.9'], truncated: false, questions: [] },
  stalledMs: 0,
  throttledMs: 0,
  cpuWaitMs: 0,
  cpuPressure: null,
};

const assignment: Assignment = {
  version: 2,
  run: 'r1',
  agent: 'control-worker-1',
  answers: { tcp: [0, 8080], udp: [0] },
  schedules: [
    {
      path: 'p',
      probe: { kind: 'tcp', to: { agent: 'twin', port: 'tcp' }, echo: true, bytes: 100 },
      startMs: 0,
      everyMs: 1100,
      count: 5,
      limitMs: 16_700,
    },
    {
      path: 'q',
      probe: {
        kind: 'dns',
        to: { address: '10.96.0.10', port: 53 },
        transport: 'udp',
        name: 'a.b.',
        type: 'A+AAAA',
      },
      startMs: 0,
      everyMs: 1100,
      count: 5,
      limitMs: 16_700,
    },
  ],
  deadlineMs: 30_000,
};

test('a message survives the way through a line', () => {
  expect(parseMessage(encode(sample))).toEqual({ ok: true, value: sample });
});

test('a line of output holds no line feed but its last character', () => {
  const line = encode({ type: 'trouble', at: 1, what: 'two\nlines' });
  expect(line.indexOf('\n')).toBe(line.length - 1);
});

test('unknown fields are left out', () => {
  expect(checkMessage({ ...sample, later: 'addition' })).toEqual({ ok: true, value: sample });
});

describe('a hostile or broken line is one clear problem', () => {
  const hello = { type: 'hello', version: 3 };
  test.for<[string, string, RegExp]>([
    ['too long', `"${'x'.repeat(MAX_LINE_LENGTH)}"`, /longer than 65536/],
    ['not JSON', 'panic: runtime error', /not JSON/],
    ['cut off', encode(sample).slice(0, 80), /not JSON/],
    ['null', 'null', /message.type/],
    ['a list', '[]', /message.type/],
    ['a type that does not exist', '{"type":"constructor"}', /message.type/],
    ['a newer version', JSON.stringify(hello), /wire version 3, this kprobe speaks 2/],
    ['a missing field', JSON.stringify({ ...sample, path: undefined }), /message.path: expected a string/],
    ['an infinite number', encode(sample).replace('"lateMs":0.4', '"lateMs":1e999'), /message.lateMs/],
    ['null for a number (NaN in JSON)', JSON.stringify({ ...sample, totalMs: Number.NaN }), /message.totalMs/],
    ['half a retransmission', JSON.stringify({ ...sample, synRetransmissions: 0.5 }), /synRetransmissions: .*whole/],
    ['a phase that does not exist', JSON.stringify({ ...sample, phases: { think: 1 } }), /no such phase: think/],
    ['an unknown outcome', JSON.stringify({ ...sample, outcome: { kind: 'odd' } }), /message.outcome.kind/],
    [
      'a huge list',
      JSON.stringify({
        ...sample,
        dns: { rcode: 'NOERROR', answers: Array(5000).fill('1.1.1.1'), truncated: false, questions: [] },
      }),
      /a list of at most/,
    ],
    ['a key that changes objects', encode(sample).replace('"TcpExt.TCPSynRetrans"', '"__proto__"'), /ordinary keys/],
    ['counters as a list', JSON.stringify({ ...sample, counters: [1] }), /message.counters: expected an object/],
  ])('%s', ([, line, problem]) => {
    const parsed = parseMessage(line);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.problem).toMatch(problem);
  });
});

test('a whole assignment is accepted as it is', () => {
  expect(parseAssignment(JSON.stringify(assignment))).toEqual({ ok: true, value: assignment });
});

describe('an assignment that cannot be meant is refused', () => {
  const [first] = assignment.schedules;
  test.for<[string, unknown, RegExp]>([
    ['of another version', { ...assignment, version: 9 }, /wire version 9/],
    ['without schedules', { ...assignment, schedules: undefined }, /assignment.schedules/],
    ['a port beyond 65535', { ...assignment, answers: { tcp: [70_000], udp: [] } }, /answers.tcp\[0\]/],
    ['a deadline beyond what timers can do', { ...assignment, deadlineMs: 2 ** 32 }, /deadlineMs/],
    ['a negative start', { ...assignment, schedules: [{ ...first, startMs: -1 }] }, /schedules\[0\].startMs/],
    [
      'an unknown kind',
      { ...assignment, schedules: [{ ...first, probe: { kind: 'icmp' } }] },
      /schedules\[0\].probe.kind/,
    ],
  ])('%s', ([, value, problem]) => {
    const parsed = parseAssignment(JSON.stringify(value));
    expect(parsed.ok ? '' : parsed.problem).toMatch(problem);
  });
});

test('peers are read by agent', () => {
  const peers = { version: 2, agents: { twin: { address: '10.0.0.2', tcp: [8080], udp: [] } } };
  expect(parsePeers(JSON.stringify(peers))).toEqual({ ok: true, value: peers });
  expect(parsePeers('{"version":1,"agents":{"twin":{}}}').ok).toBe(false);
});
