import { count, list } from '../../model/format.ts';
import { localServiceAt } from '../../model/local-entry.ts';
import type { ObjectName } from '../../model/cluster.ts';
import type { Relapse } from '../../model/recording.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { isWorking } from '../evidence/state.ts';
import { ends, line } from '../words/words.ts';

/** Who is no longer Ready, and what was lost for it. */
interface Suspect {
  /** `proxy`: a node passes what comes to its port to its own proxy alone. `service`: all endpoints of the Service were left out. */
  readonly by: 'proxy' | 'service';
  readonly relapses: readonly [Relapse, ...Relapse[]];
  readonly paths: readonly PathEvidence[];
  readonly met: readonly Attempt[];
}

/** The API tells whole seconds, nodes are told of a change up to some seconds later, and clocks differ a little. Milliseconds. */
const SLACK_MS = 3000;
const MOST_ATTEMPTS = 10;

export default defineDiagnosis<Suspect>({
  id: 'flapping-readiness',
  class: 'service',
  layer: 'network',
  title: 'A pod lost its readiness for a while, and what leads to it was cut meanwhile',
  why: 'A readiness probe that fails a few times takes its pod out of the Service: requests go to the others, and where there is none they are rejected, or dropped by a node that may only ask its own pods (externalTrafficPolicy Local). Some seconds later all is well again, and looks like lost packets. The probe fails because the pod, or its node, is too busy to answer within timeoutSeconds (1 s unless it is set).',
  test: 'Where requests are hindered the API is asked again: the pod was Ready when kprobe began, and its Ready condition has changed since. What failed began before it was Ready again, at the very address that leads to it alone, while the pod itself answered at its own address.',
  remedy:
    'Give the readiness probe timeoutSeconds and failureThreshold that a busy moment does not exhaust, and the pod (or its node) the CPU that it lacks; kubectl describe pod shows the failures of its probe.',
  limits:
    'When the pod was taken out is not told by the API, only since when it is back. What was hindered by something else in the same seconds at the same address is taken for it. Readiness that changed before kprobe began is not looked at.',
  experiments: ['entries', 'service-address', 'endpoints'],
  suspects: (evidence) => [...byProxy(evidence), ...byService(evidence)],
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: (suspect, evidence) => [straightContrast(suspect, evidence), ...togetherContrast(suspect)],
  shows:
    ({ met }) =>
    ({ attempt }) =>
      met.some(({ index }) => index === attempt.index),
  blame: ({ by, relapses: [first, ...more], met, paths }) => {
    const { pod, readyAt } = first;
    const until = readyAt === null ? 'was not Ready when kprobe looked again' : `was not Ready until ${clock(readyAt)}`;
    const [path] = paths;
    const where = path !== undefined && 'node' in path.path.to ? path.path.to.node : null;
    const says =
      by === 'proxy'
        ? `${where ?? 'its node'} drops what comes to its port meanwhile`
        : 'its Service had no endpoint meanwhile';
    return {
      title: `Pod ${nameOf(pod)}${more.length === 0 ? '' : ` (and ${more.length} more)`} ${until}, and ${says}`,
      object: { kind: 'Pod', ...pod },
      where: where === null ? null : { from: 'everywhere', to: where },
      lines: [
        line(
          'Met',
          `${count(met.length, 'attempt')} began before that and ${met.length === 1 ? 'was' : 'were'} hindered`,
          [...met.slice(0, MOST_ATTEMPTS)],
        ),
      ],
      fix: {
        says: `kubectl -n ${pod.namespace} describe pod ${pod.name} shows how its readiness probe fails: give the probe more time (timeoutSeconds, failureThreshold), and the pod or its node more CPU.`,
        manifest: null,
      },
    };
  },
});

/** Entries by the port of a node that may only ask its own proxy. */
function byProxy(evidence: Evidence): Suspect[] {
  return relapsesOf(evidence).flatMap((relapse): Suspect[] => {
    const node = evidence.cluster.pods.find((pod) => isSame(pod, relapse.pod))?.node ?? null;
    const led = evidence.paths.filter(
      ({ path: { to } }) =>
        to.kind === 'entry' && to.node === node && node !== null && localServiceAt(evidence.cluster, to) !== null,
    );
    const isProxy = evidence.cluster.controllers.some(
      ({ className, pods }) =>
        className === evidence.target.className && pods.some((each) => isSame(each, relapse.pod)),
    );
    return isProxy ? suspectOf('proxy', [relapse], led) : [];
  });
}

/** Every endpoint of the Service that was Ready has lost it once: then there was nobody to send to. */
function byService(evidence: Evidence): Suspect[] {
  const ready = evidence.target.service?.backends.filter((backend) => backend.ready) ?? [];
  const lost = ready.map(({ pod }) => relapsesOf(evidence).find((relapse) => pod !== null && isSame(pod, relapse.pod)));
  const [first, ...more] = lost.filter((each) => each !== undefined);
  if (first === undefined || more.length + 1 < ready.length) return [];
  const led = evidence.paths.filter(({ path: { to } }) => to.kind === 'service' || to.kind === 'entry');
  return suspectOf('service', [first, ...more], led);
}

function suspectOf(by: Suspect['by'], relapses: Suspect['relapses'], led: readonly PathEvidence[]): Suspect[] {
  const until = Math.max(...relapses.map(({ readyAt }) => (readyAt === null ? Infinity : readyAt + SLACK_MS)));
  const isMet = (attempt: Attempt) => attempt.sample.at <= until;
  const paths = led.filter((path) => hinderedOn(path).some(isMet));
  const met = paths.flatMap((path) => hinderedOn(path).filter(isMet));
  return met.length === 0 ? [] : [{ by, relapses, paths, met }];
}

/** Nothing came, an error did, or the SYN had to be sent again. */
function hinderedOn({ unanswered, answered, ladder }: PathEvidence): Attempt[] {
  const late = new Set(ladder.map(({ attempt }) => attempt));
  return [...unanswered, ...answered.filter((attempt) => late.has(attempt) || isErrorAnswer(attempt.sample))];
}

/** The pods themselves, at their own addresses, were there all the time. */
function straightContrast({ relapses }: Suspect, evidence: Evidence): Contrast {
  const addresses = new Set(
    evidence.cluster.pods
      .filter((pod) => relapses.some((relapse) => isSame(pod, relapse.pod)))
      .flatMap((pod) => pod.addresses),
  );
  const straight = evidence.paths.filter(
    ({ path: { to }, state }) => 'address' in to && addresses.has(to.address) && state !== 'unmeasured',
  );
  const well = straight.filter((path) => isWorking(path) && path.unanswered.length === 0 && path.ladder.length === 0);
  return {
    label: 'Straight',
    holds: well.length > 0 ? true : null,
    says: `${list(well.slice(0, 2).map(ends))}: not one attempt was lost at the own address of the pod`,
    attempts: well.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
    settles: 'Ask the pod at its own address meanwhile.',
  };
}

/** Of several nobody saw that none was Ready at one moment. */
function togetherContrast({ relapses }: Suspect): Contrast[] {
  if (relapses.length === 1) return [];
  const settles = 'kubectl get endpointslices -w shows whether there was a moment without a ready endpoint.';
  return [{ label: 'Together', holds: null, says: '', attempts: [], settles }];
}

function relapsesOf({ recording }: Evidence): readonly Relapse[] {
  return recording.relapses ?? [];
}

function isSame(one: ObjectName, other: ObjectName): boolean {
  return one.namespace === other.namespace && one.name === other.name;
}

function nameOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

/** As logs of nodes have it, in UTC. */
function clock(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
