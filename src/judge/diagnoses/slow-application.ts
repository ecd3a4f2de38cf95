import type { Certainty } from '../../model/verdict.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { explain } from '../engine/reach.ts';
import { duration, list } from '../../model/format.ts';
import { isWorking } from '../evidence/state.ts';
import { hopsFrom } from '../views/hops.ts';
import { ends, line, sight } from '../words/words.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';

/** On a node without a free CPU kprobe's own answers are slow as well: then the application is no more to blame than they are. */
const CONTRAST = 5;
/** A slow mode must hold this share of the answers to be the application's way, and not a moment's. */
const SLOW_SHARE = 0.3;

export default defineDiagnosis({
  id: 'slow-application',
  class: 'application',
  title: 'The application itself takes that long',
  why: 'The connect is quick and nothing is retransmitted; the time passes between the request and the first byte of the answer, inside the pod.',
  test: 'The same request goes straight to each pod, from its own node as well, beside an answer of kprobe on that node: no proxy, no Service, no other node is involved, and it is as slow.',
  remedy: 'Look inside: CPU throttling, locks, slow queries, calls to others. kprobe has ruled out what lies outside.',
  limits: 'Only the path and method that were asked are judged. What the application waits for behind it is not seen.',
  maskedBy: [],
  find(evidence) {
    const hops = [...evidence.agents.values()]
      .filter((agent) => agent.kind !== 'local')
      .flatMap((agent) => hopsFrom(evidence, agent));
    const slow = hops.filter((hop) => isSlowInside(evidence, hop.path));
    if (slow.length === 0) return [];
    const local = slow.filter((hop) => hop.path.path.locality === 'same-node');
    const besideMs = quickest(slow.flatMap((hop) => hop.controls).filter(isWorking));
    const paths = slow.map((hop) => hop.path);
    const modes = paths.flatMap((path) =>
      slowShots(evidence, path).map((shot) => shot.sample.phases['first-byte'] ?? shot.sample.totalMs),
    );
    const [low, high] = [Math.min(...modes), Math.max(...modes)];
    const isContrast = besideMs !== null && low >= CONTRAST * besideMs;
    const certainty = !isContrast ? 'possible' : local.length > 0 ? 'proven' : 'likely';
    const connect = Math.max(...paths.map((path) => path.median('connect') ?? 0));
    const services = evidence.paths.filter((path) => path.path.to.kind === 'service' && isSlowInside(evidence, path));
    const accounts = [...paths, ...services];
    const explained = explain(evidence, accounts, (ms) => ms >= low * 0.9);
    // Nobody felt it, and it may be the machine's: not worth a word.
    if (!isContrast && explained.length === 0) return [];
    return [
      {
        certainty: certainty as Certainty,
        title: `The application takes ${low * 1.2 >= high ? duration(high) : `${duration(low)} to ${duration(high)}`} to answer; the network to it takes ${duration(connect)}`,
        object: objectOf(evidence, paths),
        where: null,
        timer: null,
        evidence: [
          ...sight(evidence, explained),
          line(
            'Where',
            list(
              (local.length > 0 ? local : slow)
                .slice(0, 3)
                .map(
                  (hop) =>
                    `${ends(hop.path)}: connect ${duration(hop.path.median('connect') ?? 0)}, first byte ${duration(hop.path.median('first-byte') ?? 0)}`,
                ),
            ),
            paths.flatMap((path) => slowShots(evidence, path)),
          ),
          line(
            'Beside it',
            besideMs === null
              ? 'no probe pod answered on the same node'
              : `kprobe on the same nodes answers the same sources in ${duration(besideMs)}`,
          ),
        ],
        fix: { says: 'Nothing to change in the network: profile the application for this request.', manifest: null },
        wouldSettle:
          certainty === 'proven'
            ? null
            : 'Ask the pod from its own node, beside a probe pod that answers there, while the nodes are not busy.',
        accounts: accounts.map((path) => path.path.id),
        explained,
      },
    ];
  },
});

/** Quick to connect, nothing retransmitted, and slow to the first byte in a fair share of the answers. */
function isSlowInside(evidence: Evidence, path: PathEvidence): boolean {
  const isQuickToConnect = (path.median('connect') ?? 0) < evidence.slowAfterMs;
  if (path.path.probe.kind !== 'http' || path.answered.length === 0 || !isQuickToConnect) return false;
  return slowShots(evidence, path).length >= SLOW_SHARE * path.answered.length;
}

function slowShots(evidence: Evidence, path: PathEvidence) {
  return path.answered.filter(({ sample }) => {
    const { connect = 0, 'first-byte': firstByte = 0 } = sample.phases;
    return (
      firstByte >= evidence.slowAfterMs &&
      connect < evidence.slowAfterMs &&
      sample.dataRetransmissions === 0 &&
      sample.synRetransmissions === 0
    );
  });
}

/** The best median of these paths; null where there is none. */
function quickest(paths: readonly PathEvidence[]): number | null {
  const medians = paths.map((path) => path.median('total')).filter((ms) => ms !== null);
  return medians.length === 0 ? null : Math.min(...medians);
}

/** The workload of the slow pods where they share one, else the pod. */
function objectOf(evidence: Evidence, paths: readonly PathEvidence[]) {
  const pods = evidence.cluster.pods.filter((pod) =>
    paths.some(
      ({ path: { to } }) => to.kind === 'backend' && to.pod?.namespace === pod.namespace && to.pod.name === pod.name,
    ),
  );
  const [pod] = pods;
  if (pod === undefined) return null;
  const owners = new Set(pods.map((each) => `${each.owner?.kind} ${each.owner?.name}`));
  const isShared = pods.length > 1 && owners.size === 1 && pod.owner !== null;
  return isShared && pod.owner !== null
    ? { kind: pod.owner.kind, namespace: pod.namespace, name: pod.owner.name }
    : { kind: 'Pod', namespace: pod.namespace, name: pod.name };
}
