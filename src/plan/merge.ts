/** Many targets measured as one: agents and paths that several plans have in common are there once, within one budget. Pure. */
import { WIRE_VERSION } from '../../probes/wire.ts';
import type { Assignment, Probe, Schedule } from '../../probes/wire.ts';
import type { Agent, Destination, Path, Plan } from '../model/plan.ts';
import { chooseAgents, type Wanted } from './choose-agents.ts';
import { pace, type Series } from './pacing-queues.ts';
import { IdAllocator } from './id-allocator.ts';

export interface Budget {
  /** Attempts that one node's vantages may begin in a second, all together; the agent on this machine counts by itself. */
  readonly probesPerSecondPerNode: number;
  /** Probe pods at one time. */
  readonly pods: number;
}

/** What one of the plans has of the merged one. */
export interface Share {
  /** Its own plan, less what the budget left out; its limitations say what that was. */
  readonly plan: Omit<Plan, 'assignments'>;
  /** Names in the merged plan → its own. */
  readonly agents: ReadonlyMap<string, string>;
  readonly paths: ReadonlyMap<string, string>;
}

export interface Merged {
  readonly plan: Plan;
  /** In the order of the plans. */
  readonly shares: readonly Share[];
  /** How many vantages the budget of pods left out. */
  readonly leftOut: number;
  /** From the start of the agents to the last attempt, milliseconds; what waits for other agents' addresses begins a little later. */
  readonly lastsMs: number;
}

/** One plan with its agents and paths under the names of the merged plan. */
interface Named {
  readonly plan: Plan;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly paths: ReadonlyMap<string, Path>;
}

export function mergePlans(plans: readonly Plan[], budget: Budget): Merged {
  const named = rename(plans);
  const chosen = chooseAgents(named.map(wantedBy), budget.pods);
  const shares = named.map((each) => shareOf(each, chosen, budget));
  const agents = new Map<string, Agent>();
  const paths = new Map<string, Path>();
  const series = new Map<string, Series>();
  named.forEach((own, index) => {
    const share = shares[index];
    const counts = seriesOf(own.plan);
    for (const [name, agent] of own.agents) {
      const known = agents.get(name);
      if (chosen.has(name))
        agents.set(name, { ...agent, id: name, underTest: agent.underTest || known?.underTest === true });
    }
    for (const [name, path] of own.paths) {
      const schedule = share?.paths.has(name) === true ? counts.get(share.paths.get(name) ?? '') : undefined;
      if (schedule === undefined) continue;
      paths.set(name, united(paths.get(name), { ...path, id: name }));
      const known = series.get(name);
      const count = Math.max(schedule.count, known?.count ?? 0);
      const everyMs = Math.min(schedule.everyMs, known?.everyMs ?? Infinity);
      series.set(name, { path: name, probe: path.probe, count, everyMs, limitMs: schedule.limitMs });
    }
  });
  const paced = paceAll([...agents.values()], [...paths.values()], { series, budget });
  const limitations = [
    ...new Map(
      named.flatMap(({ plan }) => plan.limitations).map((limitation) => [JSON.stringify(limitation), limitation]),
    ).values(),
  ];
  const plan = { agents: [...agents.values()], paths: [...paths.values()], limitations };
  return {
    plan: { ...plan, assignments: assign(plan, named, paced.schedules) },
    shares,
    leftOut: new Set(named.flatMap(({ agents: wanted }) => [...wanted.keys()])).size - agents.size,
    lastsMs: paced.lastsMs,
  };
}

function rename(plans: readonly Plan[]): Named[] {
  const [agentNames, pathNames] = [new IdAllocator(), new IdAllocator()];
  // Plans share agents and paths (plan-sharing.ts): most are named once.
  const [knownAgents, knownPaths] = [new Map<Agent, string>(), new Map<Path, string>()];
  return plans.map((plan) => {
    const names = new Map(
      plan.agents.map((agent) => {
        const { id, identity, of, dns } = agent;
        const name = knownAgents.get(agent) ?? agentNames.nameOf(id, [identity, of?.namespace ?? null, dns ?? null]);
        knownAgents.set(agent, name);
        return [id, name];
      }),
    );
    const nameOf = (id: string) => names.get(id) ?? id;
    const agents = new Map(plan.agents.map((agent) => [nameOf(agent.id), agent]));
    const paths = plan.paths.map((path): [string, Path] => {
      const moved = { from: nameOf(path.from), to: destinationAs(path.to, nameOf), probe: probeAs(path.probe, nameOf) };
      const isAsItWas = moved.from === path.from && moved.to === path.to && moved.probe === path.probe;
      if (!isAsItWas) return [pathNames.nameOf(path.id, moved), { ...path, ...moved }];
      const name = knownPaths.get(path) ?? pathNames.nameOf(path.id, moved);
      knownPaths.set(path, name);
      return [name, path];
    });
    return { plan, agents, paths: new Map(paths) };
  });
}

/** One path that two plans have is each one's arm, and the user's where it is that of either. */
function united(known: Path | undefined, path: Path): Path {
  if (known === undefined) return path;
  const isNothingNew =
    (known.userFacing || !path.userFacing) && path.experiments.every((each) => known.experiments.includes(each));
  if (isNothingNew) return known;
  const experiments = [...new Set([...known.experiments, ...path.experiments])];
  return { ...path, userFacing: path.userFacing || known.userFacing, experiments };
}

function wantedBy({ agents, paths }: Named): Wanted {
  return {
    agents: [...agents].map(([name, agent]) => ({ ...agent, id: name })),
    users: new Set([...paths.values()].flatMap(({ userFacing, from }) => (userFacing ? [from] : []))),
  };
}

function destinationAs(to: Destination, nameOf: (id: string) => string): Destination {
  if (to.kind !== 'agent') return to;
  const agent = nameOf(to.agent);
  return agent === to.agent ? to : { ...to, agent };
}

function probeAs(probe: Probe, nameOf: (id: string) => string): Probe {
  if (probe.kind === 'resolver' || !('agent' in probe.to)) return probe;
  const agent = nameOf(probe.to.agent);
  return agent === probe.to.agent ? probe : { ...probe, to: { ...probe.to, agent } };
}

function shareOf({ plan, agents, paths }: Named, chosen: ReadonlySet<string>, { pods }: Budget): Share {
  const isThere = ({ from, to }: Path) => chosen.has(from) && (to.kind !== 'agent' || chosen.has(to.agent));
  const [kept, own] = [
    [...paths].filter(([, path]) => isThere(path)),
    new Map(plan.paths.map((path) => [path.id, path])),
  ];
  const left = [...agents].filter(([name]) => !chosen.has(name)).map(([, { id }]) => id);
  const limitation = {
    what: `the view of ${left.join(', ')}`,
    because: `the sweep may make ${pods} probe pods (budget.pods)`,
  };
  return {
    plan: {
      agents: [...agents].filter(([name]) => chosen.has(name)).map(([, agent]) => agent),
      paths: kept.flatMap(([, { id }]) => own.get(id) ?? []),
      limitations: left.length > 0 ? [...plan.limitations, limitation] : plan.limitations,
    },
    agents: new Map([...agents].filter(([name]) => chosen.has(name)).map(([name, { id }]) => [name, id])),
    paths: new Map(kept.map(([name, { id }]) => [name, id])),
  };
}

function seriesOf(plan: Plan): Map<string, Schedule> {
  return new Map(
    Object.values(plan.assignments).flatMap(({ schedules }) => schedules.map((each) => [each.path, each])),
  );
}

interface Pacing {
  readonly series: ReadonlyMap<string, Series>;
  readonly budget: Budget;
}

/** Node by node; paths to other agents are a stream of their own, because they begin when addresses are known. */
function paceAll(agents: readonly Agent[], paths: readonly Path[], { series, budget }: Pacing) {
  const perAgent = Map.groupBy(paths, ({ from }) => from);
  const schedules = new Map<string, Schedule[]>();
  let lastsMs = 0;
  for (const onNode of Map.groupBy(agents, ({ node }) => node).values()) {
    const streams = onNode.flatMap(({ id }) => {
      const own = Map.groupBy(perAgent.get(id) ?? [], ({ to }) => to.kind === 'agent');
      const listOf = (isPeer: boolean) => (own.get(isPeer) ?? []).flatMap((path) => series.get(path.id) ?? []);
      return [false, true].map((isPeer) => ({ agent: id, series: listOf(isPeer) }));
    });
    for (const paced of pace(streams, budget.probesPerSecondPerNode)) {
      schedules.set(paced.agent, [...(schedules.get(paced.agent) ?? []), ...paced.schedules]);
      lastsMs = Math.max(lastsMs, paced.lastsMs);
    }
  }
  return { schedules, lastsMs };
}

function assign(
  { agents, paths }: Pick<Plan, 'agents' | 'paths'>,
  named: readonly Named[],
  schedules: ReadonlyMap<string, readonly Schedule[]>,
): Record<string, Assignment> {
  const [model] = named.flatMap(({ plan }) => Object.values(plan.assignments));
  const asked = new Map<string, Set<number>>();
  for (const { to } of paths) {
    if (to.kind === 'agent' && to.port !== null) asked.set(to.agent, (asked.get(to.agent) ?? new Set()).add(to.port));
  }
  return Object.fromEntries(
    agents.map(({ id, kind }) => [
      id,
      {
        version: WIRE_VERSION,
        run: model?.run ?? '',
        agent: id,
        answers: kind === 'local' ? { tcp: [], udp: [] } : { tcp: [0, ...(asked.get(id) ?? [])], udp: [0] },
        schedules: schedules.get(id) ?? [],
        deadlineMs: model?.deadlineMs ?? 1,
        ...(kind === 'host' ? { tellsNode: true } : {}),
      },
    ]),
  );
}
