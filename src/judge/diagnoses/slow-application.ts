import { duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Blame } from '../engine/diagnosis.ts';
import { endedByProxy, lateBy } from '../engine/shows.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { answerLimitOf } from '../evidence/proxy.ts';
import { isWorking } from '../evidence/state.ts';
import { firstRequests } from '../views/first-requests.ts';
import type { Hop } from '../views/hops.ts';
import { noCpuContrast } from '../views/node-cpu.ts';
import { lossOfSegments } from '../views/lost-segments.ts';
import { ownerOf } from '../views/owner.ts';
import { endsRequest } from '../words/amplifier.ts';
import { boundsOf, isSlowInside, podOf, slowAttempts, slowHops } from '../views/slow-inside.ts';
import { ends, line } from '../words/words.ts';

/** On a node without a free CPU kprobe's own answers are slow as well: then the application is no more to blame than they are. */
const CONTRAST = 5;
/** What proxy and Service add to the application's own time, and how far its times spread beyond those seen directly. */
const SPREAD = 1.5;

const TCP_STEPS = { label: 'Steps', holds: false, says: '', attempts: [], settles: '' } as const;

export default defineDiagnosis({
  id: 'slow-application',
  class: 'application',
  layer: 'application',
  title: 'The application itself takes that long',
  why: 'The connect is quick and nothing is retransmitted; the time passes between the request and the answer (its first byte, or its last), inside the pod.',
  test: 'The same request goes straight to each pod, from its own node as well, beside an answer of kprobe on that node: no proxy, no Service, no other node is involved, and it is as slow.',
  remedy: 'Look inside: CPU throttling, locks, slow queries, calls to others. kprobe has ruled out what lies outside.',
  limits: 'Only the path and method that were asked are judged. What the application waits for behind it is not seen.',
  experiments: ['endpoints', 'identities', 'node-pairs', 'service-address', 'entries'],
  suspects: (evidence) => {
    const slow = slowHops(evidence);
    // What was slow at first and never after is another matter.
    return slow.length === 0 || firstRequests(evidence) !== null ? [] : [slow];
  },
  arm: (slow) => ({ paths: slow.map(({ path }) => path), fails: true }),
  contrasts: (slow, evidence) => {
    const besideMs = quickest(slow.flatMap((hop) => hop.controls).filter(isWorking));
    const local = slow.filter(({ path }) => path.path.locality === 'same-node');
    return [
      // Late by the steps of TCP's schedule is late by the network, not by a program.
      ...(lossOfSegments(evidence) === null ? [] : [TCP_STEPS]),
      {
        label: 'Beside it',
        holds: besideMs === null ? null : boundsOf(evidence, slow)[0] >= CONTRAST * besideMs,
        says: `kprobe on the same nodes answers the same sources in ${duration(besideMs ?? 0)}`,
        attempts: [],
        settles: 'Ask a probe pod that answers on the same node, while the nodes are not busy.',
      },
      {
        label: 'Its node',
        holds: local.length > 0 ? true : null,
        says: `${list(
          local
            .slice(0, 3)
            .map(
              ({ path }) =>
                `${ends(path)}: connect ${duration(path.median('connect') ?? 0)}, first byte ${duration(path.median('first-byte') ?? 0)}${bodyOf(path)}`,
            ),
        )}`,
        attempts: local.flatMap(({ path }) => slowAttempts(evidence, path)),
        settles: 'Ask the pod from its own node.',
      },
      ...noCpuContrast(evidence, nodesOf(slow)),
    ];
  },
  suffer: (slow, evidence) => {
    const [, high] = boundsOf(evidence, slow);
    const ended = endedByProxy(evidence, high);
    const pods = new Set(slow.map(({ path }) => podOf(evidence, path)));
    return evidence.paths.filter(
      (path) =>
        (path.path.to.kind === 'service' && isSlowInside(evidence, path)) ||
        (pods.has(podOf(evidence, path)) && isCutShort(path, high)) ||
        (path.answered.length > 0 && path.answered.every((attempt) => ended({ kind: 'gateway-error', path, attempt }))),
    );
  },
  shows: (slow, evidence) => {
    const [low, high] = boundsOf(evidence, slow);
    const [late, ended] = [lateBy(low * 0.9, high * SPREAD), endedByProxy(evidence, high)];
    return (symptom) => late(symptom) || ended(symptom) || isWaiting(symptom.attempt, high);
  },
  blame: (slow, evidence) => {
    const [low, high] = boundsOf(evidence, slow);
    const connect = Math.max(...slow.map(({ path }) => path.median('connect') ?? 0));
    return {
      title: `The application takes ${low * 1.2 >= high ? duration(high) : `${duration(low)} to ${duration(high)}`} to answer; the network to it takes ${duration(connect)}`,
      object: ownerOf(
        evidence,
        slow.map(({ path }) => path),
      ),
      where: null,
      ...endedRequests(evidence, high),
      lines: [line('Not', 'nothing was retransmitted on these connections')],
      fix: { says: fixOf(evidence, high), manifest: null },
    };
  },
});

/** The run ended while this connection waited for its answer, and had not waited longer than others did. */
function isWaiting({ sample: { outcome, totalMs } }: Attempt, highMs: number): boolean {
  return (
    outcome.kind === 'cut' && (outcome.phase === 'first-byte' || outcome.phase === 'body') && totalMs <= highMs * SPREAD
  );
}

function isCutShort({ answered, unanswered }: PathEvidence, highMs: number): boolean {
  return answered.length === 0 && unanswered.length > 0 && unanswered.every((attempt) => isWaiting(attempt, highMs));
}

/** Where the proxy ends what would have come, to wait longer is a choice as well. */
function fixOf(evidence: Evidence, highMs: number): string {
  const limit = answerLimitOf(evidence);
  const profile = 'Nothing to change in the network: profile the application for this request.';
  if (limit === null || !evidence.symptoms.some(endedByProxy(evidence, highMs))) return profile;
  return `${profile} If it may take that long, let the proxy wait for more than ${duration(highMs)}: ${limit.from} says ${duration(limit.ms)}.`;
}

/** The timer that users meet, where the proxy does not wait that long. */
function endedRequests(evidence: Evidence, highMs: number): Pick<Blame, 'timer' | 'why'> {
  const limit = answerLimitOf(evidence);
  if (limit === null || !evidence.symptoms.some(endedByProxy(evidence, highMs))) return {};
  return {
    timer: { name: limit.from, ms: limit.ms },
    why: line(`Why ${duration(limit.ms)}`, endsRequest(evidence, limit)),
  };
}

function nodesOf(slow: readonly Hop[]): Set<string> {
  return new Set(slow.flatMap(({ path: { path } }) => ('node' in path.to ? (path.to.node ?? []) : [])));
}

/** Told where the first byte is not what takes the time. */
function bodyOf(path: PathEvidence): string {
  const [firstByte, body] = [path.median('first-byte') ?? 0, path.median('body') ?? 0];
  return body > firstByte ? `, the rest ${duration(body)} later` : '';
}

/** The best median of these paths; null where there is none. */
function quickest(paths: readonly PathEvidence[]): number | null {
  const medians = paths.map((path) => path.median('total')).filter((ms) => ms !== null);
  return medians.length === 0 ? null : Math.min(...medians);
}
