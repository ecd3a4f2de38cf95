/** Pure: the nodes of a matrix → what the run will do. */
import type { Cluster, Limitation, Node } from '../../model/cluster.ts';
import type { MatrixDesign, MatrixProtocol, MatrixRound, Network } from '../../model/matrix.ts';
import type { Agent, Plan } from '../../model/plan.ts';
import type { Target } from '../../model/target.ts';
import { assignSchedules } from '../schedules.ts';
import { controlAgent, hostAgent } from '../agents.ts';
import { designMesh } from './design.ts';
import type { Couple } from './design.ts';
import { describeDesign } from './finds.ts';
import { meshDnsPaths, sizeTrials, nodePair } from './mesh-paths.ts';

/** Attempts of a node pair and of a DNS query: few node pairs can afford shares; of many, the others of the same nodes tell as much. */
const ATTEMPTS = { thorough: 6, thrifty: 3 } as const;
const THOROUGH_NODE_PAIRS = 6000;
/** What is under the pod network is measured as well up to so many nodes: it doubles the pods. */
const BOTH_NODES = 200;
/** In a partial mesh packet sizes are tried with so many of a node's peers: an MTU is a thing of nodes, hardly of node pairs. */
const SIZED_PEERS = 1;

export interface MeshSettings {
  /** Seeds the choice of node pairs as well. */
  readonly run: string;
  readonly deadlineMs: number;
  /** null: both where that is cheap, else that of pods. */
  readonly networks: readonly Network[] | null;
  readonly protocol: MatrixProtocol;
  readonly sizeBytes: number;
  /** Others that each node measures at most; null: by the size of the cluster. */
  readonly peers: number | null;
  /** Which round of a series this is; absent: a run by itself. */
  readonly round?: MatrixRound;
}

export interface MeshPlan {
  readonly networks: readonly Network[];
  readonly plan: Plan;
  readonly design: MatrixDesign;
  /** In the order of rows and columns: by zone, then by name. */
  readonly nodes: readonly Node[];
}

/** Nodes that are not Ready get no probe and become limitations. */
export function planMesh(cluster: Cluster, settings: MeshSettings): MeshPlan {
  const nodes = cluster.nodes.filter(({ ready }) => ready).toSorted(byZoneAndName);
  const { seed, number } = settings.round ?? { seed: settings.run, number: 1 };
  const meshes = Array.from({ length: number }, (_, round) => designMesh(nodes, settings.peers, seed, round));
  const mesh = meshes.at(-1) ?? designMesh(nodes, settings.peers, seed);
  const design = describeDesign(nodes, mesh, meshes.slice(0, -1));
  const sized = mesh.kind === 'full' ? mesh.couples : firstPeers(mesh.couples, SIZED_PEERS);
  const attempts = ATTEMPTS[design.pairs <= THOROUGH_NODE_PAIRS ? 'thorough' : 'thrifty'];
  const making = { ...settings, attempts };
  const networks = settings.networks ?? (nodes.length <= BOTH_NODES ? (['pod', 'host'] as const) : (['pod'] as const));
  const agents = new Map(networks.map((network) => [network, nodes.map(({ name }) => agentOf(network, name))]));
  const paths = [...agents.values()].flatMap((team) => [
    ...bothDirections(team, mesh.couples).map(([from, to]) => nodePair(from, to, making)),
    ...bothDirections(team, sized).flatMap(([from, to]) => sizeTrials(from, to)),
  ]);
  const dnsClients = agents.get('pod') ?? agents.get('host') ?? [];
  const all = [
    ...paths,
    ...dnsClients.flatMap((agent, position) => meshDnsPaths(cluster, agent, { position, attempts })),
  ];
  const everyone = [...agents.values()].flat();
  const plan = {
    agents: everyone,
    paths: all.map(({ path }) => path),
    limitations: limitationsOf(cluster, design),
    assignments: assignSchedules(everyone, all, settings),
  };
  return { plan, design, nodes, networks };
}

/** What the recording of a matrix is about. `selector` is as the user wrote it. */
export function meshTarget(selector: string | null): Target {
  return {
    input: selector === null ? 'node matrix' : `node matrix (${selector})`,
    kind: 'nodes',
    scheme: 'tcp',
    host: null,
    path: '/',
    route: null,
    className: null,
    entries: [],
    service: null,
    direct: [],
    from: null,
  };
}

function byZoneAndName(a: Node, b: Node): number {
  const zones = (a.zone ?? '').localeCompare(b.zone ?? '');
  return zones === 0 ? a.name.localeCompare(b.name, 'en', { numeric: true }) : zones;
}

function agentOf(network: Network, node: string): Agent {
  return network === 'pod' ? controlAgent(node) : hostAgent(node);
}

function bothDirections(team: readonly Agent[], couples: readonly Couple[]): (readonly [Agent, Agent])[] {
  return couples.flatMap(([a, b]) => {
    const [one, other] = [team[a], team[b]];
    return one === undefined || other === undefined ? [] : [[one, other] as const, [other, one] as const];
  });
}

/** Couples of which each node keeps so many, as far as they are there. */
function firstPeers(couples: readonly Couple[], peers: number): Couple[] {
  const taken = new Map<number, number>();
  return couples.filter(([a, b]) => {
    if ((taken.get(a) ?? 0) >= peers || (taken.get(b) ?? 0) >= peers) return false;
    taken.set(a, (taken.get(a) ?? 0) + 1);
    taken.set(b, (taken.get(b) ?? 0) + 1);
    return true;
  });
}

function limitationsOf(cluster: Cluster, { pairs, ofPairs, peersPerNode }: MatrixDesign): Limitation[] {
  const unready = cluster.nodes.filter(({ ready }) => !ready);
  return [
    ...unready.map(({ name }) => ({ what: `node ${name}`, because: 'it is not Ready, so no probe was placed on it' })),
    ...(pairs < ofPairs
      ? [
          {
            what: `${ofPairs - pairs} of ${ofPairs} node pairs`,
            because: `each node measures ${peersPerNode} others; --budget takes another number`,
          },
        ]
      : []),
    ...(cluster.nodes.length - unready.length === 1 ? [{ what: 'node pairs', because: 'there is one node only' }] : []),
  ];
}
