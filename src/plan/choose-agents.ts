/** Which pods are made where there may not be as many as are wanted: what asks comes before what only answers, and targets take turns. Pure. */
import type { Agent } from '../model/plan.ts';

/** What one target wants. */
export interface Wanted {
  readonly agents: readonly Agent[];
  /** Those of them that do what the user does: without them, a target has no result at all. */
  readonly users: ReadonlySet<string>;
}

/** Ids of the agents that are made. `local` is no pod and is always there. */
export function chooseAgents(wanted: readonly Wanted[], pods: number): Set<string> {
  const chosen = new Set(
    wanted.flatMap(({ agents }) => agents.flatMap(({ id, kind }) => (kind === 'local' ? [id] : []))),
  );
  let left = pods;
  for (const isAnswering of [false, true]) {
    const queues = wanted.map(({ agents, users }) => {
      const rank = ({ id, underTest, kind }: Agent) => (users.has(id) ? 0 : underTest ? 1 : kind === 'control' ? 2 : 3);
      return agents.filter((each) => isOnlyAnswering(each) === isAnswering).toSorted((a, b) => rank(a) - rank(b));
    });
    for (let turn = 0; left > 0 && queues.some((queue) => queue.length > 0); turn += 1) {
      const queue = queues[turn % queues.length] ?? [];
      // What another target has already brought costs nothing.
      while (chosen.has(queue[0]?.id ?? '')) queue.shift();
      const next = queue.shift();
      if (next === undefined) continue;
      chosen.add(next.id);
      left -= 1;
    }
  }
  return chosen;
}

function isOnlyAnswering({ kind, underTest }: Agent): boolean {
  return kind === 'twin' && !underTest;
}
