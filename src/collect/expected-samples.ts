/** How many samples each agent is expected to tell, as things are. Worked out anew only for whom something has changed. */
import { isHindered } from '../../probes/wire.ts';
import type { Sample, Schedule } from '../../probes/wire.ts';
import type { Plan } from '../model/plan.ts';

export class ExpectedSamples {
  readonly #assignments: Plan['assignments'];
  readonly #canAnswer: (agent: string) => boolean;
  /** Paths on which an attempt was hindered, so that more of them follow; by agent. */
  readonly #hindered = new Map<string, Set<string>>();
  readonly #known = new Map<string, number>();

  /** `canAnswer`: whether this agent is, or may still be, there to be asked. */
  constructor(assignments: Plan['assignments'], canAnswer: (agent: string) => boolean) {
    this.#assignments = assignments;
    this.#canAnswer = canAnswer;
  }

  of(agent: string): number {
    const known = this.#known.get(agent) ?? this.#count(agent);
    this.#known.set(agent, known);
    return known;
  }

  /** Some agent came or went: others may ask it, or not any more. */
  onAgents(): void {
    this.#known.clear();
  }

  onSample(agent: string, sample: Sample): void {
    if (!isHindered(sample)) return;
    this.#hindered.set(agent, (this.#hindered.get(agent) ?? new Set()).add(sample.path));
    this.#known.delete(agent);
  }

  #count(agent: string): number {
    const hindered = this.#hindered.get(agent);
    const possible = this.#assignments[agent]?.schedules.filter((schedule) => this.#isPossible(schedule)) ?? [];
    return possible.reduce(
      (sum, { path, count, again }) => sum + count + (hindered?.has(path) === true ? (again?.count ?? 0) : 0),
      0,
    );
  }

  #isPossible({ probe }: Schedule): boolean {
    return probe.kind === 'resolver' || !('agent' in probe.to) || this.#canAnswer(probe.to.agent);
  }
}
