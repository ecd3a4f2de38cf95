/** A first look at a target: what its user does, and the DNS on the way; enough to call it healthy, or to look again with the full plan. Pure. */
import { isClusterProbeName } from '../experiments/path.ts';
import type { Path, Plan } from '../model/plan.ts';

/** How much is tried. `lightest` has to do where hundreds of targets share few entries. */
export type Thoroughness = 'usual' | 'light' | 'lightest';

/** The user's attempts on each path: the third shows that the second was no coincidence. */
const USERS: Readonly<Record<Thoroughness, number>> = { usual: 3, light: 2, lightest: 2 };
/** Three attempts so far apart reach beyond the first four seconds of a pod, in which a policy may not have got hold of it yet. */
const USERS_EVERY_MS = 2000;
/** A DNS server that answered twice is alive; other queries are tried once. */
const DNS = 2;

/**
 * The part of a plan that a first look takes. `turn`: the target's position, by which the lightest look chooses one vantage for each
 * destination, so that many targets spread over all vantages.
 */
export function screenOf(plan: Plan, thoroughness: Thoroughness, turn: number): Plan {
  const all = plan.paths.filter((path) => path.userFacing || path.to.kind === 'resolver' || isSharedQuery(path));
  const paths = thoroughness === 'lightest' ? oneVantageEach(all, turn) : all;
  const counts = new Map(paths.map((path) => [path.id, countOf(path, thoroughness)]));
  const users = new Set(paths.flatMap(({ id, userFacing }) => (userFacing ? [id] : [])));
  const agents = new Set(paths.map(({ from }) => from));
  const assignments = Object.entries(plan.assignments).flatMap(([id, assignment]) => {
    const schedules = assignment.schedules.flatMap((each) => {
      const count = counts.get(each.path);
      if (count === undefined) return [];
      const everyMs = users.has(each.path) ? Math.max(USERS_EVERY_MS, each.everyMs) : each.everyMs;
      const isAsItWas = everyMs === each.everyMs && count >= each.count;
      return isAsItWas ? [each] : [{ ...each, everyMs, count: Math.min(count, each.count) }];
    });
    return agents.has(id) ? [[id, { ...assignment, schedules }] as const] : [];
  });
  return {
    agents: plan.agents.filter(({ id }) => agents.has(id)),
    paths,
    limitations: plan.limitations,
    assignments: Object.fromEntries(assignments),
  };
}

/** The same for all targets, or one of a client's own nameservers; to ask every replica for every name would cost more than the rest. */
function isSharedQuery({ probe, experiments }: Path): boolean {
  return probe.kind === 'dns' && (isClusterProbeName(probe.name) || experiments.includes('client-resolution'));
}

function countOf({ userFacing, probe }: Path, thoroughness: Thoroughness): number {
  if (probe.kind === 'resolver') return 1;
  if (userFacing) return USERS[thoroughness];
  return probe.kind === 'dns' && probe.transport === 'udp' && probe.type === 'A' ? DNS : 1;
}

function oneVantageEach(paths: readonly Path[], turn: number): Path[] {
  const [users, others] = [paths.filter(({ userFacing }) => userFacing), paths.filter(({ userFacing }) => !userFacing)];
  const perDestination = [...Map.groupBy(users, ({ to, probe }) => JSON.stringify([to, probe.kind])).values()];
  const chosen = perDestination.flatMap((same, position) => same[(turn + position) % same.length] ?? []);
  return [...chosen, ...others];
}
