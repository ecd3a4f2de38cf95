/**
 * Pods whose late answers all come at the same moment of the 100 ms in which the kernel hands out CPU time to who has a limit. Whoever has used
 * up the share of a period stands still until the next begins (kernel: Documentation/scheduler/sched-bwc.rst; the kubelet's
 * cpuCFSQuotaPeriod is 100 ms): so it is the instant at which an answer is ready that clusters, whenever it was asked for. An application that
 * takes as long by itself answers as spread over that grid as it was asked.
 */
import type { Pod } from '../../model/cluster.ts';
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { podOf, slowAttempts, slowHops } from './slow-inside.ts';

const PERIOD_MS = 100;
/** Of fewer answers of one pod nothing is read. */
const FEWEST = 3;
/** Answers that are spread evenly fall together so much in less than this share of all runs. */
const BY_CHANCE = 0.005;
/** Of phases: 0 is spread evenly, 1 is all at one moment. A run of 50 ms within the period has 0.64. */
const TOGETHER = 0.6;
/** The requests must have been spread by at least this much more: else a constant time moves one cluster to another place. */
const APART = 0.25;

/** So many answers that come as spread as this are no throttled ones: what is evenly spread has 0.26 of fifteen. */
const TELLING = 8;
const SPREAD = 0.35;

/** A prober that waited longer for a CPU itself does not know when the answer was there: a quarter of a period. Milliseconds. */
const OWN_WAIT_MS = 25;

export interface ThrottledPods {
  readonly pods: readonly Pod[];
  readonly paths: readonly PathEvidence[];
  /** All late answers. */
  readonly slow: readonly Attempt[];
  /** Those whose moment is known, and how much they and their requests fall together, 0 to 1. */
  readonly late: readonly Attempt[];
  readonly answersTogether: number;
  readonly requestsTogether: number;
  /** They fall together as chance does not make it, and the requests do not. False: too little tells. */
  readonly isOnGrid: boolean;
}

/** Slow ones that have a limit, by workload; not those of which it is known that their answers follow no grid. */
export const throttledPods = derived((evidence: Evidence): readonly ThrottledPods[] => {
  const limited = slowHops(evidence).flatMap(({ path }) => {
    const pod = podOf(evidence, path);
    return pod?.cpuLimit === undefined ? [] : [{ path, pod, late: slowAttempts(evidence, path).filter(isPunctual) }];
  });
  const byWorkload = Map.groupBy(limited, ({ pod }) => `${pod.namespace} ${pod.owner?.name ?? pod.name}`);
  return [...byWorkload.values()].flatMap((own): ThrottledPods[] => {
    const perPod = [...Map.groupBy(own, ({ pod }) => pod).values()]
      .map((each) => each.flatMap(({ late }) => late))
      .filter(({ length }) => length >= FEWEST);
    const late = perPod.flat();
    const answersTogether = togetherOf(perPod, endOf);
    const requestsTogether = togetherOf(perPod, ({ sample }) => sample.at);
    if (late.length >= TELLING && answersTogether < SPREAD) return [];
    const isTogether = answersTogether >= TOGETHER && chanceOf(perPod) < BY_CHANCE;
    const isOnGrid = isTogether && answersTogether - requestsTogether >= APART;
    const pods = [...new Set(own.map(({ pod }) => pod))];
    const paths = own.map(({ path }) => path);
    const slow = paths.flatMap((path) => slowAttempts(evidence, path));
    return [{ pods, paths, slow, late, answersTogether, requestsTogether, isOnGrid }];
  });
});

function isPunctual({ sample }: Attempt): boolean {
  return sample.cpuWaitMs <= OWN_WAIT_MS && sample.stalledMs <= OWN_WAIT_MS;
}

function endOf({ sample }: Attempt): number {
  return sample.at + sample.totalMs;
}

/** The mean over the pods, each of which has a grid of its own, by the number of their answers. */
function togetherOf(perPod: readonly (readonly Attempt[])[], instant: (attempt: Attempt) => number): number {
  const count = perPod.flat().length;
  return perPod.reduce((sum, own) => sum + own.length * resultant(own.map(instant)), 0) / Math.max(count, 1);
}

/**
 * How likely evenly spread answers fall together at least so much: Rayleigh's test, n R² being distributed exponentially for each pod (Mardia and
 * Jupp, Directional Statistics, 6.3.1), and the sum over k pods so as k events of a Poisson process come later than this.
 */
function chanceOf(perPod: readonly (readonly Attempt[])[]): number {
  const sum = perPod.reduce((total, own) => total + own.length * resultant(own.map(endOf)) ** 2, 0);
  let term = Math.exp(-sum);
  let chance = 0;
  for (let events = 1; events <= perPod.length; events += 1) {
    chance += term;
    term *= sum / events;
  }
  return perPod.length === 0 ? 1 : chance;
}

/** Length of the mean direction of these instants (Unix milliseconds) on the circle of one period. */
function resultant(instants: readonly number[]): number {
  const angles = instants.map((ms) => (2 * Math.PI * (ms % PERIOD_MS)) / PERIOD_MS);
  const sum = (part: (angle: number) => number) => angles.reduce((total, angle) => total + part(angle), 0);
  return Math.hypot(sum(Math.cos), sum(Math.sin)) / Math.max(instants.length, 1);
}
