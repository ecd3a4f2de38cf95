/** What an agent that meets no trouble says, and when: a log is a function of what the agent was told. Pure. */
import { createHash } from 'node:crypto';
import type { Arrival, Assignment, Hello, Message, Peers, Sample, Schedule } from '../../probes/wire.ts';

/** From the start of the container to the hello, as on a real cluster (docs/performance.md: median 0.8 s). Milliseconds. */
const HELLO_MS = 800;
/** From the annotation to the agent's knowing it: the kubelet writes it into the pod's file. */
const TOLD_MS = 1000;
/** What an attempt takes. */
const ANSWER_MS = 2;

export interface Told {
  readonly assignment: Assignment;
  readonly address: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Its peer table and when it was written; null: not yet. */
  readonly peers: { readonly at: number; readonly table: Peers } | null;
  /** When it was told to leave; null: not yet. */
  readonly leftAt: number | null;
}

export interface Said {
  readonly at: number;
  readonly message: Message;
}

/** In the order of time; what lies in the future is not said yet. */
export function wordsOf(told: Told): Said[] {
  const { assignment, startedAt, peers, leftAt } = told;
  const helloAt = startedAt + HELLO_MS;
  const toldAt = peers === null ? null : Math.max(helloAt, peers.at + TOLD_MS);
  const words: Said[] = [{ at: helloAt, message: helloOf(told, helloAt) }];
  for (const schedule of assignment.schedules) {
    const peer = peerOf(schedule);
    const beganAt = peer === null ? helloAt : peers?.table.agents[peer] === undefined ? null : toldAt;
    if (beganAt === null) continue;
    for (let attempt = 0; attempt < schedule.count; attempt += 1) {
      const at = beganAt + schedule.startMs + attempt * schedule.everyMs;
      words.push({ at: at + ANSWER_MS, message: sampleOf(schedule, attempt, { at, told }) });
    }
  }
  // Pairs are measured both ways, so that who is asked asks back.
  for (const { address } of Object.values(peers?.table.agents ?? {}))
    for (const transport of ['tcp', 'udp'] as const)
      words.push({ at: (toldAt ?? helloAt) + 50, message: arrivalOf(transport, address, toldAt ?? helloAt) });
  const before = words.filter(({ at }) => leftAt === null || at <= leftAt).toSorted((a, b) => a.at - b.at);
  return leftAt === null
    ? before
    : [...before, { at: leftAt, message: { type: 'bye', at: leftAt, because: 'signal', counters: {} } }];
}

function peerOf({ probe }: Schedule): string | null {
  return probe.kind !== 'resolver' && 'agent' in probe.to ? probe.to.agent : null;
}

interface Moment {
  readonly at: number;
  readonly told: Told;
}

function sampleOf({ path, probe }: Schedule, attempt: number, { at, told }: Moment): Sample {
  const isConnecting = probe.kind === 'tcp' || probe.kind === 'http';
  const noise = noiseOf(`${told.assignment.agent} ${path} ${attempt}`);
  const took = (ms: number, position: number) => Number((ms * (0.5 + noise(position))).toFixed(3));
  const local = `${told.address}:${32_768 + Math.floor(28_000 * noise(8))}`;
  const phases: Sample['phases'] = isConnecting
    ? { connect: took(0.455, 1), 'first-byte': took(1.141, 2), body: took(0.105, 3) }
    : { [probe.kind === 'dns' || probe.kind === 'resolver' ? 'dns' : 'first-byte']: took(0.842, 4) };
  return {
    type: 'sample',
    path,
    attempt,
    at,
    lateMs: took(0.494, 5),
    outcome: { kind: 'answered' },
    phases,
    totalMs: Number(
      Object.values(phases)
        .reduce((sum, ms) => sum + ms, 0)
        .toFixed(3),
    ),
    local,
    seen: peerOf({ path, probe } as Schedule) === null ? null : local,
    synRetransmissions: 0,
    dataRetransmissions: 0,
    counters: isConnecting ? { 'Tcp.ActiveOpens': 1 } : { 'Udp.OutDatagrams': 1 },
    concurrent: 1,
    http: probe.kind === 'http' ? { status: 200, bytes: 24, server: 'nginx/1.22.1', hash: '0123456789abcdef' } : null,
    dns:
      probe.kind === 'dns' || probe.kind === 'resolver'
        ? {
            rcode: 'NOERROR',
            answers: ['10.96.0.1'],
            truncated: false,
            questions: [{ type: 'A', rcode: 'NOERROR', answers: ['10.96.0.1'], ms: 0.9 }],
          }
        : null,
    stalledMs: 0,
    throttledMs: 0,
    cpuWaitMs: took(0.021, 6),
    cpuPressure: null,
    ownCpuMs: took(211.402, 7),
  };
}

/** Figures differ from each other as measured ones do, else they would pack better than those. Between 0 and 1, the same for the same words. */
function noiseOf(words: string): (position: number) => number {
  const digest = createHash('sha256').update(words).digest();
  return (position) => digest.readUInt16LE(2 * position) / 65_536;
}

function arrivalOf(transport: 'tcp' | 'udp', from: string, at: number): Arrival {
  return { type: 'arrival', at, transport, port: transport === 'tcp' ? 40_001 : 40_002, from };
}

function helloOf({ assignment, address }: Told, at: number): Hello {
  const { run, agent, answers } = assignment;
  return {
    type: 'hello',
    version: 2,
    run,
    agent,
    at,
    hostname: agent,
    addresses: [address],
    tcp: answers.tcp.map((port) => (port === 0 ? 40_001 : port)),
    udp: answers.udp.map((port) => (port === 0 ? 40_002 : port)),
    unavailable: [],
    sysctls: Object.fromEntries(SYSCTLS),
    resolver: {
      servers: ['10.96.0.10'],
      search: ['kprobe.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      options: ['ndots:5'],
    },
    kernel: '6.18.0-generic',
    nodeVersion: 'v24.21.0',
  };
}

const SYSCTLS = [
  ['net.ipv4.tcp_syn_retries', '6'],
  ['net.ipv4.tcp_synack_retries', '5'],
  ['net.ipv4.tcp_retries2', '15'],
  ['net.ipv4.tcp_syn_linear_timeouts', '4'],
  ['net.ipv4.icmp_ratelimit', '1000'],
  ['net.ipv4.icmp_ratemask', '6168'],
  ['net.ipv4.icmp_msgs_per_sec', '1000'],
  ['net.ipv4.ip_local_port_range', '32768\t60999'],
  ['net.core.somaxconn', '4096'],
  ['net.netfilter.nf_conntrack_max', '262144'],
] as const;
