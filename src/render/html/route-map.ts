/** The way of a request as boxes in columns and hops between them: vantage → ingress → Service → pod. No drawing here. */
import { atPort } from '../../model/format.ts';
import type { Agent, Path } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import type { PathSummary, Verdict } from '../../model/verdict.ts';
import type { PathHealth } from '../../model/path-health.ts';
import { STATES, healthOf, healthSays } from './path-health.ts';

export interface Box {
  readonly id: string;
  readonly column: number;
  readonly title: string;
  readonly subtitle: string;
  /** A Service is no place of its own: packets to its address go to one of its pods. */
  readonly kind: 'place' | 'service';
}

export interface Hop {
  readonly from: string;
  readonly to: string;
  readonly state: PathHealth;
  /** It comes before a hop that is bad: what happens here may be no more than that hop's doing. */
  readonly isBefore: boolean;
  /** What happened, of the worst path that is drawn as this hop. */
  readonly says: string;
}

export interface RouteMap {
  readonly columns: readonly string[];
  readonly boxes: readonly Box[];
  readonly hops: readonly Hop[];
}

/** The users' way, as far as paths of this run stand for its hops. */
export function routeMap(verdict: Verdict, recording: Recording): RouteMap {
  const hasEntries = recording.target.entries.length > 0;
  const boxes = new Map<string, Box>();
  const hops = new Map<string, Hop>();
  const agents = new Map(recording.plan.agents.map((agent) => [agent.id, agent]));
  const planned = new Map(recording.plan.paths.map((path) => [path.id, path]));
  for (const summary of verdict.paths) {
    const path = planned.get(summary.id);
    const agent = agents.get(summary.from.agent);
    const ends = path && agent ? endsOf(path, agent, recording) : null;
    if (ends === null) continue;
    for (const box of ends) boxes.set(box.id, box);
    addHop(hops, ends, { summary, slowAfterMs: recording.slowAfterMs });
  }
  const columns = hasEntries ? ['Clients', 'Ingress', 'Service and pods'] : ['Clients', 'Service and pods'];
  return { columns, boxes: [...boxes.values()], hops: withOrder([...hops.values()], boxes) };
}

/** The two boxes of a hop of the users' way; null where the path is an experiment beside it. */
function endsOf(path: Path, agent: Agent, recording: Recording): readonly [Box, Box] | null {
  const far = recording.target.entries.length > 0 ? 2 : 1;
  const { to } = path;
  if (to.kind === 'entry') return [userOf(agent), entryBox(to.address, to.node, to.port)];
  const near =
    far === 1 && (path.userFacing || agent.underTest)
      ? clientOf(agent)
      : agent.underTest
        ? askingBox(agent, recording)
        : null;
  if (near === null) return null;
  if (to.kind === 'service')
    return [
      near,
      {
        id: `service ${to.address}`,
        column: far,
        title: `Service ${to.name}`,
        subtitle: atPort(to.address, to.port),
        kind: 'service',
      },
    ];
  if (to.kind === 'backend') {
    const place = to.node === null ? atPort(to.address, to.port) : `${atPort(to.address, to.port)} on ${to.node}`;
    return [
      near,
      { id: `pod ${to.address}`, column: far, title: to.pod?.name ?? to.address, subtitle: place, kind: 'place' },
    ];
  }
  if (to.kind === 'external')
    return [
      near,
      { id: `external ${to.address}`, column: far, title: to.address, subtitle: `port ${to.port}`, kind: 'place' },
    ];
  return null;
}

/** A Service's address leads to its pods, so a hop to it comes before the hops to them. */
function withOrder(hops: readonly Hop[], boxes: ReadonlyMap<string, Box>): Hop[] {
  const isBad = ({ state }: Hop): boolean => state === 'broken' || state === 'lossy' || state === 'slow';
  const isOfService = ({ to }: Hop): boolean => boxes.get(to)?.kind === 'service';
  const last = hops.filter((hop) => isBad(hop) && !isOfService(hop));
  return hops.map((hop) => ({
    ...hop,
    isBefore:
      isBad(hop) &&
      last.some(({ from, to }) => from === hop.to || (isOfService(hop) && from === hop.from && to !== hop.to)),
  }));
}

/** Whoever calls the ingress from inside the cluster is one box: where they stand makes no difference to the way behind it. */
function userOf(agent: Agent): Box {
  if (agent.kind === 'local') return clientOf(agent);
  return {
    id: 'client pods',
    column: 0,
    title: 'Pods of the cluster',
    subtitle: 'on every probed node',
    kind: 'place',
  };
}

function clientOf(agent: Agent): Box {
  if (agent.kind === 'local')
    return { id: 'client local', column: 0, title: 'This machine', subtitle: 'where kprobe ran', kind: 'place' };
  const pod = agent.of?.name ?? 'Twin';
  const who = { control: 'Pods', host: 'Host network', twin: pod, inside: pod }[agent.kind];
  return {
    id: `client ${agent.id}`,
    column: 0,
    title: `${who} on ${agent.node ?? '?'}`,
    subtitle: agent.id,
    kind: 'place',
  };
}

function entryBox(address: string, node: string | null, port: number): Box {
  const title = node === null ? `Ingress ${address}` : `Ingress on ${node}`;
  return { id: `entry ${node ?? address}`, column: 1, title, subtitle: atPort(address, port), kind: 'place' };
}

/** Who asks for the ingress on a node stands for the ingress there. */
function askingBox(agent: Agent, { target }: Recording): Box {
  const entry = target.entries.find(({ node }) => node !== null && node === agent.node);
  if (entry !== undefined) return entryBox(entry.address, entry.node, entry.port);
  return {
    id: `entry ${agent.node ?? agent.id}`,
    column: 1,
    title: `Ingress on ${agent.node ?? '?'}`,
    subtitle: agent.id,
    kind: 'place',
  };
}

function addHop(
  hops: Map<string, Hop>,
  [from, to]: readonly [Box, Box],
  { summary, slowAfterMs }: { summary: PathSummary; slowAfterMs: number },
): void {
  const id = JSON.stringify([from.id, to.id]);
  const known = hops.get(id);
  const state = healthOf(summary, slowAfterMs);
  if (known !== undefined && STATES.indexOf(known.state) >= STATES.indexOf(state)) return;
  hops.set(id, { from: from.id, to: to.id, state, isBefore: false, says: healthSays(summary, slowAfterMs) });
}
