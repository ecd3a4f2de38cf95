import { count, duration } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { backendViews, hasNeighbour } from '../views/backends.ts';
import { noCpuContrast } from '../views/node-cpu.ts';
import { ownerOf } from '../views/owner.ts';
import { throttledPods } from '../views/throttled-pods.ts';
import { isToTarget, queueOf } from '../views/turns.ts';
import type { Turns } from '../views/turns.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis<Turns>({
  id: 'queued-requests',
  class: 'application',
  layer: 'application',
  title: 'Requests wait for each other in the application',
  why: 'A program with one worker, one thread, one database connection or one lock serves one request at a time. Whoever comes meanwhile waits for all who came before, so that a page of 0.4 s takes 4 s when ten ask for it, and runs into the limits of proxies and clients when more do. Nothing is wrong with any single request, nor with the network.',
  test: 'Many requests reach the endpoints at once, by all ways. Their answers never come closer to each other than one request takes alone, however many wait; the program is busy all the time, and kprobe beside it answers at once.',
  remedy:
    'More workers, threads, connections or replicas, or a shorter request; a limit of waiting requests in the proxy lets those fail at once for whom there is no time.',
  limits:
    "kprobe's own requests are among those that wait, and may be all of them: how many wait when users come is not known. A pool of many workers is not recognised, nor one that is full of other work. A pod that has used up its CPU limit takes turns too: likely at most where slow pods have one, unless their answers follow no grid of 100 ms (see throttled-cpu).",
  experiments: ['endpoints', 'service-address', 'entries', 'identities'],
  suspects: (evidence) => {
    const queue = queueOf(evidence);
    return queue === null ? [] : [queue];
  },
  arm: ({ paths }) => ({ paths: [...paths], fails: true }),
  contrasts: ({ aloneMs, most, waiting, busy, answers }, evidence) => [
    {
      label: 'Turns',
      holds: true,
      says: `${count(answers.length, 'answer')} came, never more than ${most} within the ${duration(aloneMs)} that one takes alone, while ${Math.round(waiting)} waited on average; the program was busy ${Math.round(100 * busy)} % of the time`,
      attempts: answers.slice(0, 10),
      settles: '',
    },
    {
      label: 'Beside it',
      holds: backendViews(evidence).some(hasNeighbour) ? true : null,
      says: 'kprobe on the same nodes answers the same sources meanwhile',
      attempts: [],
      settles: 'Connect to a probe pod on the same node.',
    },
    ...limitContrast(evidence),
    ...noCpuContrast(evidence, nodesOf(evidence)),
  ],
  suffer: (_turns, evidence) => evidence.paths.filter(isToTarget),
  shows:
    ({ aloneMs }) =>
    ({ kind, attempt }) =>
      kind !== 'different' && attempt.sample.totalMs > aloneMs,
  blame: ({ aloneMs, typicalMs, atATime, endpoints, paths }, evidence) => {
    const each = Math.ceil(atATime / endpoints);
    return {
      title: `The application serves ${count(each, 'request')} at a time${endpoints > 1 ? ' in each pod' : ''}, and the others wait: ${duration(aloneMs)} alone, ${duration(typicalMs)} beside kprobe's own`,
      object: ownerOf(evidence, paths),
      where: null,
      lines: [
        line(
          'Note',
          "these are kprobe's requests as well as users': one alone is not slow, and a run of kprobe makes it so",
        ),
      ],
      fix: {
        says: 'Give the program more workers or threads, or the workload more replicas; find what a request holds while it waits (a lock, the only database connection).',
        manifest: null,
      },
    };
  },
});

/** Whoever stands still until its next 100 ms serves one after the other as well, and more workers do not help there. */
function limitContrast(evidence: Evidence): Contrast[] {
  if (throttledPods(evidence).length === 0) return [];
  const settles =
    'Read nr_throttled in /sys/fs/cgroup/cpu.stat of the pods before and after a few requests: where it grows, they wait for their CPU limit, and more workers make it worse.';
  return [{ label: 'CPU limit', holds: null, says: '', attempts: [], settles }];
}

function nodesOf(evidence: Evidence): Set<string> {
  return new Set(backendViews(evidence).flatMap(({ backend: { node } }) => node ?? []));
}
