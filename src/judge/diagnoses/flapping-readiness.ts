import { count, list } from '../../model/format.ts';
import type { ObjectName } from '../../model/cluster.ts';
import { isSameName, named } from '../../model/named.ts';
import type { Relapse } from '../../model/recording.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { longWaitContrast, waitLong } from '../views/node-cpu.ts';
import { cutsOf } from '../views/relapses.ts';
import type { Cut } from '../views/relapses.ts';
import { ends, line } from '../words/words.ts';

const MOST_ATTEMPTS = 10;

export default defineDiagnosis<Cut>({
  id: 'flapping-readiness',
  class: 'service',
  layer: 'network',
  title: 'A pod lost its readiness for a while, and what leads to it was cut meanwhile',
  why: 'A readiness probe that fails a few times takes its pod out of the Service: requests go to the others, and where there is none they are rejected, or dropped by a node that may only ask its own pods (externalTrafficPolicy Local). Some seconds later all is well again, and looks like lost packets. The probe fails because the pod, or its node, is too busy to answer within timeoutSeconds (1 s unless it is set).',
  test: 'Where requests are hindered the API is asked again: the pod was Ready when kprobe began, and its Ready condition has changed since. What failed began before it was Ready again, at the very address that leads to it alone, while the pod itself answered at its own address.',
  remedy:
    'Give the readiness probe timeoutSeconds and failureThreshold that a busy moment does not exhaust, and the pod (or its node) the CPU that it lacks; kubectl describe pod shows the failures of its probe.',
  limits:
    'When the pod was taken out is not told by the API, only since when it is back. What was hindered by something else in the same seconds at the same address is taken for it. On nodes where processes wait half a second for a CPU it is possible at most, for the pods that kprobe starts there may have taken what the readiness probe lacked. Readiness that changed before kprobe began is not looked at.',
  experiments: ['entries', 'service-address', 'endpoints'],
  suspects: cutsOf,
  // Where processes wait that long for a CPU, kprobe's own pods may have taken it from the probe of the kubelet.
  arm: ({ met, relapses }, evidence) => ({
    paths: met.map(({ path }) => path),
    fails: waitLong(evidence, nodesOf(relapses, evidence)) ? null : true,
  }),
  contrasts: (suspect, evidence) => [
    ...longWaitContrast(evidence, nodesOf(suspect.relapses, evidence)),
    straightContrast(suspect, evidence),
    answeredContrast(suspect),
    ...togetherContrast(suspect),
  ],
  shows:
    ({ met }) =>
    ({ attempt }) =>
      met.some(({ attempts }) => attempts.some(({ index }) => index === attempt.index)),
  blame: ({ by, relapses, met }) => {
    const [{ pod, readyAt }, ...more] = relapses;
    const until = readyAt === null ? 'not Ready when kprobe looked again' : `not Ready until ${clock(readyAt)}`;
    const attempts = met.flatMap((each) => each.attempts);
    const nodes = [...new Set(met.flatMap(({ path: { path } }) => ('node' in path.to ? (path.to.node ?? []) : [])))];
    const says = by === 'proxy' ? `${list(nodes)} dropped what came to its port` : 'the Service had no endpoint';
    return {
      title: `Pod ${nameOf(pod)}${more.length === 0 ? ' was' : ` and ${more.length} more were`} ${until}, and ${says} meanwhile`,
      object: { kind: 'Pod', ...pod },
      where: by === 'proxy' ? { from: 'everywhere', to: list(nodes) } : null,
      lines: [
        line(
          'Met',
          `${count(attempts.length, 'attempt')} began before that and ${attempts.length === 1 ? 'was' : 'were'} hindered, none later`,
          attempts.slice(0, MOST_ATTEMPTS),
        ),
      ],
      fix: {
        says: `kubectl -n ${pod.namespace} describe pod ${pod.name} shows how its readiness probe fails: give the probe more time (timeoutSeconds, failureThreshold), and the pod or its node more CPU.`,
        manifest: null,
      },
    };
  },
});

/** The pods themselves, at their own addresses, were there all the time. */
function straightContrast({ relapses }: Cut, evidence: Evidence): Contrast {
  const addresses = new Set(
    evidence.cluster.pods
      .filter((pod) => relapses.some((relapse) => isSameName(pod, relapse.pod)))
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

/** That it is the pod's readiness is seen where it works with and fails without, or still fails while the pod still lacks it. */
function answeredContrast({ relapses, met }: Cut): Contrast {
  const answered = met.flatMap(({ path, attempts }) => path.answered.filter((attempt) => !attempts.includes(attempt)));
  const isStill = relapses.some(({ readyAt }) => readyAt === null);
  return {
    label: 'Otherwise',
    holds: answered.length > 0 || isStill ? true : null,
    says:
      answered.length > 0
        ? `${count(answered.length, 'attempt')} on the same ways ${answered.length === 1 ? 'was' : 'were'} answered at once`
        : 'nothing got through, and the pod is not Ready yet',
    attempts: answered.slice(0, MOST_ATTEMPTS),
    settles: 'Ask again while the pod is Ready.',
  };
}

/** Of several endpoints nobody saw that none was Ready at one moment. */
function togetherContrast({ by, relapses }: Cut): Contrast[] {
  if (by === 'proxy' || relapses.length === 1) return [];
  const settles = 'kubectl get endpointslices -w shows whether there was a moment without a ready endpoint.';
  return [{ label: 'Together', holds: null, says: '', attempts: [], settles }];
}

/** Where those that were not Ready are. */
function nodesOf(relapses: readonly Relapse[], { cluster }: Evidence): ReadonlySet<string> {
  return new Set(relapses.flatMap(({ pod }) => named(cluster.pods, pod)?.node ?? []));
}

function nameOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

/** As logs of nodes have it, in UTC. */
function clock(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
