/** The samples of one path, summed up. */
import type { Phase, Sample } from '../../../probes/wire.ts';
import type { Agent, Path } from '../../model/plan.ts';
import type { Mode, PathEvidence, PathState, Proportion, Rung, Attempt } from './evidence.ts';
import { proportion } from './intervals.ts';
import { median } from './median.ts';
import { retransmissionsOf, rungsOf } from './retransmissions.ts';
import { modesOf } from './modes.ts';
import { reasonsOf } from './refusal.ts';
import type { SynSchedule } from './syn-schedule.ts';
import { useOf } from './usable.ts';
import type { Use } from './usable.ts';

/** One path with all that was recorded on it. */
export interface Measured {
  readonly path: Path;
  readonly from: Agent;
  readonly to: Agent | null;
  /** All samples of this path, usable or not. */
  readonly attempts: readonly Attempt[];
  /** Of the namespace that the probes started in; null where it was not read. */
  readonly schedule: SynSchedule | null;
  readonly slowAfterMs: number;
  /** The agent that should have answered was gone before the run was over. */
  readonly isFarEndLost: boolean;
}

/** Summaries that few paths are asked for are made when they are: of a matrix there are a hundred thousand. */
export function pathEvidence(measured: Measured): PathEvidence {
  return new Summary(measured);
}

/** A path of which nothing is to be told; shared, because most paths lose nothing. */
const NONE: readonly never[] = [];

class Summary implements PathEvidence {
  readonly path: Path;
  readonly from: Agent;
  readonly to: Agent | null;
  readonly state: PathState;
  readonly attempts: readonly Attempt[];
  readonly setAside: number;
  readonly answered: readonly Attempt[];
  readonly timed: readonly Attempt[];
  readonly unanswered: readonly Attempt[];
  readonly ladder: readonly Rung[];
  readonly #all: readonly Attempt[];
  #modes: readonly Mode[] | null = null;
  /** An object, for a Map of one entry takes four times its memory. */
  readonly #medians: Partial<Record<Phase | 'total', number | null>> = {};

  constructor({ path, from, to, attempts, schedule, slowAfterMs, isFarEndLost }: Measured) {
    this.#all = attempts;
    this.path = path;
    this.from = from;
    this.to = to;
    const uses = attempts.map(({ sample }) => {
      const use = useOf(sample, retransmissionsOf(sample, schedule), { slowAfterMs, isOurs: to !== null });
      return isFarEndLost && use === 'unanswered' ? 'set-aside' : use;
    });
    const those = (is: (use: Use) => boolean) => {
      const chosen = attempts.filter((_, index) => is(uses[index] ?? 'set-aside'));
      return chosen.length === 0 ? NONE : chosen.length === attempts.length ? attempts : chosen;
    };
    this.answered = those((use) => use === 'answered' || use === 'untimed');
    this.timed = those((use) => use === 'answered');
    this.unanswered = those((use) => use === 'unanswered');
    this.attempts = those((use) => use !== 'set-aside');
    this.setAside = attempts.length - this.attempts.length;
    const rungs = rungsOf(this.attempts, schedule);
    this.ladder = rungs.length === 0 ? NONE : rungs;
    this.state = stateOf(this.answered, this.unanswered, this.ladder);
  }

  get lost(): Proportion {
    return proportion(this.unanswered.length, this.attempts.length);
  }

  get cutFrom(): number | null {
    if (this.setAside === 0) return null;
    const used = new Set(this.attempts);
    const cut = this.#all.filter((each) => !used.has(each) && each.sample.outcome.kind === 'cut');
    return cut.length === 0 ? null : Math.min(...cut.map(({ sample }) => sample.at));
  }

  get modes(): readonly Mode[] {
    const ended = () => [...this.timed, ...this.unanswered.filter(({ sample }) => hasEnded(sample))];
    this.#modes ??= modesOf(ended().map((attempt) => ({ ms: attempt.sample.totalMs, attempt })));
    return this.#modes;
  }

  get seenAs(): readonly string[] {
    return addressesSeen(this.answered.length > 0 ? this.answered : this.attempts);
  }

  median(phase: Phase | 'total'): number | null {
    const known = this.#medians[phase];
    if (known !== undefined) return known;
    const median = medianOf(this.timed, phase);
    this.#medians[phase] = median;
    return median;
  }
}

function stateOf(answered: readonly Attempt[], unanswered: readonly Attempt[], ladder: readonly Rung[]): PathState {
  if (answered.length + unanswered.length === 0) return 'unmeasured';
  if (answered.length > 0) return unanswered.length > 0 || ladder.length > 0 ? 'lossy' : 'open';
  const reasons = new Set(reasonsOf(unanswered.map(({ sample }) => sample)));
  const [only] = reasons;
  return reasons.size === 1 && only !== undefined && only !== 'other' ? only : 'dead';
}

/** An attempt that the prober gave up, or that the end of the run cut, has no time of its own. */
function hasEnded({ outcome }: Sample): boolean {
  if (outcome.kind === 'cut') return false;
  return outcome.kind !== 'silent' || outcome.code !== null;
}

function addressesSeen(attempts: readonly Attempt[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { sample } of attempts) {
    if (sample.seen === null) continue;
    const address = withoutPort(sample.seen);
    counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([address]) => address);
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `::ffff:10.0.0.1` and bare addresses alike: the address, IPv4 where it is mapped. */
export function withoutPort(endpoint: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(endpoint)?.[1];
  const plain = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(endpoint)?.[1];
  const mappedWithPort = /^(::ffff:\d+\.\d+\.\d+\.\d+):\d+$/i.exec(endpoint)?.[1];
  return (bracketed ?? plain ?? mappedWithPort ?? endpoint).replace(/^::ffff:(?=\d+\.\d+\.)/i, '');
}

function medianOf(timed: readonly Attempt[], phase: Phase | 'total'): number | null {
  return median(timed.flatMap(({ sample }) => (phase === 'total' ? sample.totalMs : (sample.phases[phase] ?? []))));
}
