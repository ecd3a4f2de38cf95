/** Who holds the standard inputs of a run's tracers, as long as this process lives and their pods are there (probes/trace/holder.ts). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiProblem, ApiResult, ClusterClient, HeldInput, Name } from '../api/cluster-client.ts';
import { CONTAINER } from './pod.ts';

/** A tenth of the silence after which a tracer leaves. */
const SPEAK_EVERY_MS = 500;
const WORD = '\n';
/** A container that has just started may not be known to everybody yet. */
const TRIES = 4;
const PAUSE_MS = 250;

export interface HeldInputsParts {
  readonly client: ClusterClient;
  /** It cannot be held, and so does nothing. */
  readonly onProblem: (agent: string, problem: ApiProblem) => void;
}

export class HeldInputs {
  readonly #parts: HeldInputsParts;
  /** null: on its way. */
  readonly #held = new Map<string, HeldInput | null>();
  #speaking: NodeJS.Timeout | undefined;

  constructor(parts: HeldInputsParts) {
    this.#parts = parts;
  }

  async hold(agent: string, pod: Name): Promise<void> {
    if (this.#held.has(agent)) return;
    this.#held.set(agent, null);
    const held = await this.#attach(agent, pod);
    // Let go of meanwhile.
    if (!this.#held.has(agent)) return held.ok ? held.value.close() : undefined;
    if (!held.ok) {
      this.#held.delete(agent);
      if (held.problem.reason !== 'Aborted') this.#parts.onProblem(agent, held.problem);
      return;
    }
    this.#held.set(agent, held.value);
    held.value.write(WORD);
    this.#speaking ??= setInterval(() => this.#speak(), SPEAK_EVERY_MS);
  }

  /** Its pod is gone, or going: the process may not have heard yet. */
  release(agent: string): void {
    this.#held.get(agent)?.close();
    this.#held.delete(agent);
  }

  end(): void {
    clearInterval(this.#speaking);
    for (const agent of [...this.#held.keys()]) this.release(agent);
  }

  async #attach(agent: string, pod: Name): Promise<ApiResult<HeldInput>> {
    for (let tries = 1; ; tries += 1) {
      const held = await this.#parts.client.holdInput(pod, CONTAINER);
      const isFinal = held.ok || held.problem.status === 403 || held.problem.reason === 'Aborted';
      if (isFinal || tries === TRIES || !this.#held.has(agent)) return held;
      await sleep(PAUSE_MS);
    }
  }

  #speak(): void {
    for (const held of this.#held.values()) held?.write(WORD);
  }
}
