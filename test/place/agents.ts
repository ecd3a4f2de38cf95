/** Makers of agents and plans. */
import { WIRE_VERSION, type Hello, type Sample, type Schedule } from '../../probes/wire.ts';
import { hasPodIdentity, type Agent, type Assignment, type Plan } from '../../src/model/plan.ts';

export function agent(kind: Agent['kind'], node: string, labels: Record<string, string> = {}): Agent {
  const namespace = { local: '', control: 'kprobe', host: 'kprobe-host', twin: 'shop', inside: 'shop' }[kind];
  const of = hasPodIdentity({ kind }) ? { namespace, name: 'web-a-1' } : null;
  const identity = { namespace, labels, hostNetwork: kind === 'host' };
  return {
    id: `${kind}@${node}`,
    kind,
    node: kind === 'local' ? null : node,
    identity,
    of,
    underTest: false,
    ports: [],
  };
}

export function schedule(path: string, to: Schedule['probe'] | string, more: Partial<Schedule> = {}): Schedule {
  const probe: Schedule['probe'] =
    typeof to === 'string' ? { kind: 'tcp', to: { agent: to, port: 'tcp' }, echo: true, bytes: 0 } : to;
  return { path, probe, startMs: 0, everyMs: 1000, count: 2, limitMs: 16_700, ...more };
}

export const tcp = (address: string): Schedule['probe'] => ({
  kind: 'tcp',
  to: { address, port: 80 },
  echo: false,
  bytes: 0,
});

export function assignment(
  agentId: string,
  list: readonly Schedule[] = [],
  ports: readonly number[] = [0],
): Assignment {
  return {
    version: WIRE_VERSION,
    run: 'r1',
    agent: agentId,
    answers: { tcp: ports, udp: [] },
    schedules: list,
    deadlineMs: 20_000,
  };
}

export function plan(
  agents: readonly Agent[],
  assignments: readonly Assignment[] = agents.map(({ id }) => assignment(id)),
): Plan {
  return {
    agents: [...agents],
    paths: [],
    limitations: [],
    assignments: Object.fromEntries(assignments.map((each) => [each.agent, each])),
  };
}

export function hello(agentId: string, at = 1000): Hello {
  return {
    type: 'hello',
    version: WIRE_VERSION,
    run: 'r1',
    agent: agentId,
    at,
    hostname: agentId,
    addresses: ['10.1.0.5'],
    tcp: [40_001],
    udp: [40_002],
    unavailable: [],
    sysctls: {},
    resolver: { servers: [], search: [], options: [] },
    kernel: '6.18',
    nodeVersion: 'v24.0.0',
  };
}

export function sample(path: string, attempt: number, more: Partial<Sample> = {}): Sample {
  return {
    type: 'sample',
    path,
    attempt,
    at: 1000 + attempt * 1000,
    lateMs: 0,
    outcome: { kind: 'answered' },
    phases: { connect: 1 },
    totalMs: 1,
    local: null,
    seen: null,
    synRetransmissions: 0,
    dataRetransmissions: 0,
    counters: {},
    concurrent: 0,
    http: null,
    dns: null,
    stalledMs: 0,
    throttledMs: 0,
    cpuWaitMs: 0,
    cpuPressure: null,
    ...more,
  };
}
