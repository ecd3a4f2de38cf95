/** A few paths again, and who follows their packets on the nodes that they cross: `--trace-rules`. Pure. */
import { WIRE_VERSION } from '../../probes/wire.ts';
import type { Assignment, Schedule, SourcePorts, TracedFlow, Where } from '../../probes/wire.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Agent, Path, Plan } from '../model/plan.ts';
import type { Recording } from '../model/recording.ts';
import { tracerAgent } from './agents.ts';
import { slicesOf } from '../model/service-slices.ts';
import { traceTable } from '../model/trace-table.ts';

/** Enough to see a rule twice where every second attempt meets another replica. */
const ATTEMPTS = 4;
const EVERY_MS = 1200;
/** Until the first of them: nft needs a moment for the rules that a tracer has told it. */
const FIRST_MS = 300;
/** The same for who is inside a pod: it cannot wait until it is followed (`peer-schedule.ts`), and a tracer's kubelet needs a moment to tell. */
const FIRST_INSIDE_MS = 1800;
/** A SYN and its first two retransmissions (0, 1, 3 s on the older schedule) are seen; odd-looking as all our limits. */
const LIMIT_MS = 3370;
/** From when its tracer knows a sender: all attempts are over after 10 s, and the sender may hear of its tracer so much later as kubelets take to tell. Beyond that nobody listens any more, whoever still holds it. */
const LASTS_MS = 20_000;
/** So few that they can never be a load. */
const PACKETS_PER_SECOND = 20;
const PACKETS_PER_PATH = 24;
/** Each path has ports of its own. Above what Linux gives to others by itself (net.ipv4.ip_local_port_range, 32768 to 60999). */
const PORTS_PER_PATH = 8;
const FIRST_PORT = 61_000;
const LAST_PORT = 65_000;
/** Endpoints of one Service on whose nodes its packets are followed. */
const MOST_ENDPOINTS = 3;

export interface TraceSettings {
  readonly run: string;
  readonly deadlineMs: number;
  /** 0 to 1: where the source ports begin, so that two runs at once do not share them. */
  readonly chance: number;
}

/** What of a run tells who is where. */
type Measured = Pick<Recording, 'cluster' | 'plan' | 'hellos'>;

/** Of the recording's own plan the paths that are called so, with the agents at their ends, and a tracer on each node between. */
export function planTrace(recording: Measured, paths: readonly string[], settings: TraceSettings): Plan {
  const { cluster, plan } = recording;
  const chosen = plan.paths.filter(({ id }) => paths.includes(id));
  const followed = chosen.map((path, index) => ({
    path,
    sourcePorts: portsOf(index, settings.chance),
    nodes: nodesOf(path, plan.agents, cluster),
  }));
  const wanted = new Set(chosen.flatMap(({ from, to }) => (to.kind === 'agent' ? [from, to.agent] : [from])));
  const agents = plan.agents.filter(({ id }) => wanted.has(id));
  const nodes = [...new Set(followed.flatMap((each) => each.nodes))];
  const tracers = nodes.map(tracerAgent);
  const common = { version: WIRE_VERSION, run: settings.run, deadlineMs: settings.deadlineMs } as const;
  const probing = agents.map((agent): Assignment => {
    const own = followed.filter(({ path }) => path.from === agent.id);
    const firstMs = agent.kind === 'inside' ? FIRST_INSIDE_MS : FIRST_MS;
    const schedules = own.map((each, place) => scheduleOf(each, firstMs + place * (EVERY_MS / 4)));
    return { ...common, agent: agent.id, answers: answersOf(agent, chosen), schedules };
  });
  const following = nodes.map((node): Assignment => {
    const flows = followed
      .filter((each) => each.nodes.includes(node))
      .map(({ path, sourcePorts }) => flowOf(path, sourcePorts, recording));
    const limits = { packetsPerSecond: PACKETS_PER_SECOND, mostPackets: PACKETS_PER_PATH, lastsMs: LASTS_MS };
    const traces = { table: traceTable(settings.run), flows, ...limits, isHeld: true };
    return { ...common, agent: tracerAgent(node).id, answers: { tcp: [], udp: [] }, schedules: [], traces };
  });
  return {
    agents: [...agents, ...tracers],
    paths: chosen,
    limitations: [],
    assignments: Object.fromEntries([...probing, ...following].map((assignment) => [assignment.agent, assignment])),
  };
}

function portsOf(index: number, chance: number): SourcePorts {
  const blocks = (LAST_PORT - FIRST_PORT) / PORTS_PER_PATH;
  const block = (Math.floor(chance * blocks) + index) % blocks;
  return { first: FIRST_PORT + block * PORTS_PER_PATH, count: PORTS_PER_PATH };
}

interface FollowedPath {
  readonly path: Path;
  readonly sourcePorts: SourcePorts;
  readonly nodes: readonly string[];
}

function scheduleOf({ path, sourcePorts, nodes }: FollowedPath, startMs: number): Schedule {
  return {
    path: path.id,
    probe: path.probe,
    startMs,
    everyMs: EVERY_MS,
    count: ATTEMPTS,
    limitMs: LIMIT_MS,
    sourcePorts,
    after: nodes.map((node) => tracerAgent(node).id),
  };
}

/** As in the ordinary run; who is only a source answers nobody. */
function answersOf({ id }: Agent, paths: readonly Path[]): Assignment['answers'] {
  const asked = paths.flatMap(({ to }) => (to.kind === 'agent' && to.agent === id ? [to.port] : []));
  if (asked.length === 0) return { tcp: [], udp: [] };
  return { tcp: [0, ...new Set(asked.flatMap((port) => port ?? []))], udp: [0] };
}

/** Where packets of a path come by: its ends, and where its Service may lead. */
function nodesOf({ from, to }: Path, agents: readonly Agent[], cluster: Cluster): string[] {
  const source = agents.find(({ id }) => id === from)?.node ?? null;
  const end =
    'node' in to
      ? [to.node]
      : 'address' in to
        ? endpointsOf(to.address, to.port, cluster).map((each) => each.node)
        : [];
  return [...new Set([source, ...end])].filter((node) => node !== null);
}

function flowOf(path: Path, sourcePorts: SourcePorts, { cluster, plan, hellos }: Measured): TracedFlow {
  const { probe, to } = path;
  const source = plan.agents.find(({ id }) => id === path.from);
  const node = cluster.nodes.find(({ name }) => name === source?.node);
  // What the node's host vantage has seen of itself knows more than the API does.
  const hosts = plan.agents.filter(({ kind, node: own }) => kind === 'host' && own === source?.node);
  const told = hellos.filter(({ agent }) => hosts.some(({ id }) => id === agent)).flatMap(({ addresses }) => addresses);
  const endpoints = 'address' in to ? endpointsOf(to.address, to.port, cluster) : [];
  const translated = endpoints.map(({ address, port }): Where => ({ address, port }));
  return {
    path: path.id,
    protocol: protocolOf(path),
    sourcePorts,
    from: {
      agent: path.from,
      addresses: [...new Set([...(node?.addresses ?? []), ...(node?.overlayAddresses ?? []), ...told])],
    },
    to: [...(probe.kind === 'resolver' ? [] : [probe.to]), ...translated],
  };
}

function protocolOf({ probe }: Path): 'tcp' | 'udp' {
  return probe.kind === 'udp' || (probe.kind === 'dns' && probe.transport === 'udp') ? 'udp' : 'tcp';
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly node: string | null;
}

/** Of the Service that has this address; none where no Service has it. */
function endpointsOf(address: string, port: number, cluster: Cluster): Endpoint[] {
  const service = cluster.services.find(({ clusterIps, externalAddresses }) =>
    [...clusterIps, ...externalAddresses].includes(address),
  );
  const asked = service?.ports.find((each) => each.port === port);
  if (service === undefined || asked === undefined) return [];
  return slicesOf(cluster, service)
    .flatMap((slice) => {
      const own = slice.ports.find(({ name }) => (name ?? '') === (asked.name ?? ''));
      return own === undefined ? [] : slice.endpoints.map((each) => ({ ...each, port: own.port }));
    })
    .slice(0, MOST_ENDPOINTS);
}
