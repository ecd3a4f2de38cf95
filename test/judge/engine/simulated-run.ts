/**
 * A run as it unfolds, without a clock: the real plan for the shop, agents that begin when pods do on a quiet machine, attempts that are told when
 * agents tell them. When does it stop?
 */
import type { Sample } from '../../../probes/wire.ts';
import { experimentsAsked } from '../../../src/judge/diagnoses/index.ts';
import { isCleanEnough, mayStop } from '../../../src/judge/engine/early-stop.ts';
import { examine } from '../../../src/judge/judge.ts';
import type { Agent, Path } from '../../../src/model/plan.ts';
import type { Recording } from '../../../src/model/recording.ts';
import { makePlan } from '../../../src/plan/plan.ts';
import { cut, hello, recording } from '../make.ts';
import { shopCluster, shopTarget } from '../world.ts';
import type { World } from '../world.ts';

/** From the making of pods to hellos, and to when all know each other; measured in the lab on a quiet machine, milliseconds. */
const LOCAL_HELLO_MS = 200;
const HELLO_MS = 500;
const PEERS_MS = 800;
/** When an agent tells of an attempt that waits: TELL_AFTER_MS of probes/runner.ts. */
const TELL_AFTER_MS = [2505, 5505, 7605, 11_700];
const SYN_EVERY_MS = 1000;
const LOOK_EVERY_MS = 100;

/** How an attempt ends, given well; null: as it is. */
export type Fate = (path: Path, from: Agent, to: Agent | null, attempt: number) => Sample | null;

interface Attempted {
  readonly startsMs: number;
  readonly sample: Sample;
}

export interface Stopped {
  /** From the making of pods, milliseconds. */
  readonly afterMs: number;
  readonly recording: Recording;
  readonly judgement: ReturnType<typeof examine>;
}

/** `well`: the answers of a healthy world. */
export function unfold(
  world: Pick<World, 'cluster' | 'target'>,
  fate: Fate,
  well: (path: Path, from: Agent) => Sample,
): Stopped {
  const [cluster, target] = [world.cluster ?? shopCluster(), world.target ?? shopTarget()];
  const settings = { run: 'run-1', deadlineMs: 60_000, hostVantages: true, experiments: experimentsAsked };
  const plan = makePlan(cluster, target, settings);
  const base = hello('local').at;
  const agents = new Map(plan.agents.map((agent) => [agent.id, agent]));
  const paths = new Map(plan.paths.map((path) => [path.id, path]));
  const schedules = Object.values(plan.assignments).flatMap((assignment) => assignment.schedules);
  const attempts = schedules.flatMap((schedule): Attempted[] => {
    const path = paths.get(schedule.path);
    const from = agents.get(path?.from ?? '');
    if (path === undefined || from === undefined) return [];
    const to = path.to.kind === 'agent' ? (agents.get(path.to.agent) ?? null) : null;
    const beginsMs = to !== null ? PEERS_MS : from.kind === 'local' ? LOCAL_HELLO_MS : HELLO_MS;
    return Array.from({ length: schedule.count }, (_, attempt) => {
      const startsMs = beginsMs + schedule.startMs + attempt * schedule.everyMs;
      const ended = fate(path, from, to, attempt) ?? well(path, from);
      return { startsMs, sample: { ...ended, path: path.id, attempt, at: base + startsMs } };
    });
  });
  const planned = new Map(schedules.map(({ path, count }) => [path, count]));
  for (let afterMs = PEERS_MS; ; afterMs += LOOK_EVERY_MS) {
    const samples = attempts.flatMap((each) => toldBy(each, afterMs));
    const facts = { cluster, target, agents: plan.agents, paths: plan.paths, limits: plan.limitations };
    const soFar = recording({ ...facts, samples, tookMs: afterMs, ended: 'settled' });
    const judgement = examine(soFar);
    if (
      mayStop(judgement, soFar, planned) ||
      isCleanEnough(judgement, soFar, planned) ||
      attempts.every(({ startsMs, sample }) => startsMs + sample.totalMs <= afterMs)
    )
      return { afterMs, recording: soFar, judgement };
  }
}

function toldBy({ startsMs, sample }: Attempted, nowMs: number): Sample[] {
  if (startsMs + sample.totalMs <= nowMs) return [sample];
  const waitedMs = TELL_AFTER_MS.findLast((after) => startsMs + after <= nowMs);
  if (waitedMs === undefined) return [];
  const phase = 'phase' in sample.outcome ? sample.outcome.phase : 'first-byte';
  const synRetransmissions = phase === 'connect' ? Math.floor(waitedMs / SYN_EVERY_MS) : 0;
  const { connect = 0.4 } = sample.phases;
  // A connection that idles is told like any other wait.
  if (phase === 'idle') return [{ ...sample, totalMs: waitedMs, outcome: { kind: 'cut', phase, waitedMs } }];
  const phases = phase === 'connect' ? { connect: waitedMs } : { connect, [phase]: waitedMs };
  const waiting = cut({ phase, waitedMs, synRetransmissions, phases });
  return [{ ...waiting, path: sample.path, attempt: sample.attempt, at: sample.at }];
}
