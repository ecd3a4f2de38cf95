import { duration, percent } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { lateBy } from '../engine/shows.ts';
import type { PathEvidence } from '../evidence/evidence.ts';
import { lossOfSegments } from '../views/lost-segments.ts';
import { ownerOf } from '../views/owner.ts';
import { isSlowInside } from '../views/slow-inside.ts';
import { throttledPods } from '../views/throttled-pods.ts';
import type { ThrottledPods } from '../views/throttled-pods.ts';
import { line } from '../words/words.ts';

/** What proxy and Service add, and how far waits spread beyond those seen directly. */
const SPREAD = 1.5;
/** What a wait may be shorter than those seen directly: one period. Milliseconds. */
const PERIOD_MS = 100;

export default defineDiagnosis({
  id: 'throttled-cpu',
  class: 'application',
  layer: 'application',
  title: 'A CPU limit may make the application stand still for a part of every 100 ms',
  why: 'The kernel hands out CPU time to a container with a limit in periods of 100 ms: with a limit of 0.1 CPU 10 ms in each, and with several threads those are used up sooner. Then all its threads stand still until the next period begins. So an answer that takes a few milliseconds of CPU too many comes up to 100 ms later, or several periods later, although the node is idle.',
  test: 'The proof is in the pod: nr_throttled and throttled_usec of its cpu.stat grow with each late answer. From outside it shows in when answers are ready: asked at different moments of the 100 ms, all late ones come at the same moment of it, that of a period which begins; an application that takes its time by itself answers as spread as it was asked.',
  remedy:
    'Raise the CPU limit or leave it out (a CPU request keeps the share on a busy node), or have the application use less at once: fewer threads (GOMAXPROCS, worker counts that fit the limit and not the node), less work for each request.',
  limits:
    'A mere possibility, beside slow-application: the counters of another pod cannot be read from outside. It is named where a slow pod has a CPU limit, unless enough answers show that they follow no grid of 100 ms; an application that works in steps of 100 ms by a timer of its own looks the same. Where the probers wait for a CPU themselves, or the clocks of the nodes differ by tens of milliseconds, the grid is not seen. Of several containers with a limit the least limit is named.',
  experiments: ['endpoints', 'identities', 'node-pairs', 'service-address', 'entries'],
  suspects: (evidence) => (lossOfSegments(evidence) === null ? throttledPods(evidence) : []),
  arm: ({ paths }) => ({ paths, fails: null }),
  contrasts: () => [
    {
      label: 'Counter',
      holds: null,
      says: '',
      attempts: [],
      settles:
        'Read /sys/fs/cgroup/cpu.stat in the pod (kubectl exec … -- cat) before and after a few slow requests, or container_cpu_cfs_throttled_periods_total: nr_throttled grows.',
    },
  ],
  suffer: (_throttled, evidence) =>
    evidence.paths.filter((path) => path.path.to.kind === 'service' && isSlowInside(evidence, path)),
  shows: (throttled) => {
    const [low, high] = boundsOf(throttled);
    return lateBy(low - PERIOD_MS, high * SPREAD + PERIOD_MS);
  },
  blame: (throttled, evidence) => {
    const [low, high] = boundsOf(throttled);
    const { pods, paths } = throttled;
    const limits = pods.flatMap(({ cpuLimit }) => cpuLimit ?? []);
    const limit = Math.min(...limits);
    return {
      title: `The application may be waiting for its CPU limit of ${limit}: answers take ${duration(low)} to ${duration(high)}`,
      object: ownerOf(evidence, paths),
      where: null,
      timer: { name: 'CFS bandwidth period', ms: PERIOD_MS },
      lines: [
        line(
          'Limit',
          `of ${limit} CPU: ${duration(limit * PERIOD_MS)} of CPU in each ${duration(PERIOD_MS)}, all threads of the container together`,
        ),
        ...gridLines(throttled),
        line('Connect', `takes ${duration(connectOf(paths))}, and nothing was retransmitted`),
      ],
      fix: {
        says: 'Raise or remove the CPU limit of the container (keep its request), and look at cpu.stat again; or let it run with fewer threads.',
        manifest: null,
      },
    };
  },
});

/** Told where it was seen: more than a limit speaks for it then. */
function gridLines({ isOnGrid, late, answersTogether, requestsTogether }: ThrottledPods): ReturnType<typeof line>[] {
  if (!isOnGrid) return [];
  const says = `${late.length} late answers were ready at one moment of the 100 ms (${percent(answersTogether)} together); they had been asked for at many (${percent(requestsTogether)})`;
  return [line('Grid', says, late.slice(0, 10))];
}

/** Quickest and slowest of the late answers, milliseconds. */
function boundsOf({ slow }: ThrottledPods): readonly [number, number] {
  const times = slow.map(({ sample }) => sample.phases['first-byte'] ?? sample.totalMs);
  return [Math.min(...times), Math.max(...times)];
}

function connectOf(paths: readonly PathEvidence[]): number {
  return Math.max(...paths.map((path) => path.median('connect') ?? 0));
}
