/** Plans of thousands of targets say the same of nodes and DNS servers again and again: what is equal is kept once. Plans are never changed, so nobody can tell. */
import type { Plan } from '../model/plan.ts';

export class PlanSharing {
  readonly #known = new Map<string, unknown>();

  /** The same plan in less memory, where others have been given before. */
  plan({ agents, paths, limitations, assignments }: Plan): Plan {
    return {
      agents: agents.map((agent) => this.#once(agent)),
      paths: paths.map((path) => this.#once(path)),
      limitations: limitations.map((limitation) => this.#once(limitation)),
      assignments: Object.fromEntries(
        Object.entries(assignments).map(([id, assignment]) => [
          id,
          { ...assignment, schedules: assignment.schedules.map((schedule) => this.#once(schedule)) },
        ]),
      ),
    };
  }

  #once<T>(value: T): T {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, value);
    return known === undefined ? value : (known as T);
  }
}
