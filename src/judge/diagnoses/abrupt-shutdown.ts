import { count, duration } from '../../model/format.ts';
import type { Departure } from '../../model/recording.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { abandonedOn, departureOf } from '../evidence/departures.ts';
import type { Attempt, Evidence, PathEvidence, Symptom } from '../evidence/evidence.ts';
import { backendViews } from '../views/backends.ts';
import { line } from '../words/words.ts';

/** A pod that was told to stop, and stopped answering while requests were still sent to it. */
interface Abrupt {
  readonly departure: Departure;
  /** Straight to it. */
  readonly paths: readonly PathEvidence[];
  /** On these, what failed then. */
  readonly abandoned: readonly Attempt[];
  /** Unix milliseconds: it still answered, or was told to stop, whichever is known and later. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Nodes and proxies hear of a pod's end within some seconds (iptables-mode kube-proxy waits 1 s between two passes at least). Milliseconds. */
const LATE_MS = 10_000;

/** All of one workload: a rollout tells one pod after the other. */
type Abrupts = readonly [Abrupt, ...Abrupt[]];

export default defineDiagnosis<Abrupts>({
  id: 'abrupt-shutdown',
  class: 'service',
  layer: 'service',
  title: 'A pod that is told to stop ends at once, and requests are still sent to it',
  why: 'Kubernetes tells a pod to stop and its Service to leave it out at the same time. Nodes and proxies hear of it some tenths of a second to some seconds later; a program that exits at once on SIGTERM refuses or resets what is sent until then. Each rollout, node drain and scale-down costs some requests.',
  test: 'Connects go straight to each endpoint while requests go through the Service or the ingress, and where one fails the API is asked again: a pod that answered, was told to stop, and then refused or said nothing, while the other endpoints answered and requests failed.',
  remedy:
    'Let the container wait in preStop until nobody sends any more (sleep, 10 s), let the program finish what it has on SIGTERM, and give it terminationGracePeriodSeconds for both.',
  limits:
    'Seen only where pods are replaced while kprobe measures: kprobe lint says beforehand which workloads have no preStop. When a pod that has gone already was told to is not known; it is then taken to be from its last answer on.',
  experiments: ['endpoints', 'service-address', 'entries'],
  suspects: (evidence) => {
    const all = (evidence.recording.departures ?? []).flatMap((departure) => abruptEnd(evidence, departure) ?? []);
    const met = all.filter((abrupt) => evidence.symptoms.some((symptom) => isMet(abrupt, symptom)));
    const byOwner = Map.groupBy(met, ({ departure: { pod } }) => JSON.stringify(ownerOrPod(evidence, pod)));
    return [...byOwner.values()].flatMap(([first, ...more]): Abrupts[] =>
      first === undefined ? [] : [[first, ...more]],
    );
  },
  arm: (abrupts) => ({ paths: abrupts.flatMap(({ paths }) => paths), fails: true }),
  contrasts: (abrupts, evidence) => {
    const paths = abrupts.flatMap((abrupt) => abrupt.paths);
    const others = backendViews(evidence).filter(({ all }) =>
      all.some(({ path }) => departureOf(evidence.recording, path) === null),
    );
    const answered = others.flatMap(({ all }) => all.flatMap((path) => path.answered));
    const before = paths.flatMap((path) => path.answered);
    return [
      {
        label: 'Before',
        holds: before.length > 0 ? true : null,
        says: `it answered ${before.length} of our requests until then`,
        attempts: before.slice(0, 10),
        settles: 'Ask the pod while it still runs, and again as it is told to stop.',
      },
      {
        label: 'Others',
        holds:
          others.length === 0
            ? null
            : others.some(({ all }) => all.every((path) => path.unanswered.length === 0 && path.answered.length > 0)),
        says: 'other endpoints answered the same sources all the time',
        attempts: answered.slice(0, 10),
        settles: 'Ask another endpoint of the Service from the same vantages meanwhile.',
      },
    ];
  },
  shows: (abrupts) => (symptom) => abrupts.some((abrupt) => isMet(abrupt, symptom)),
  blame: ([first, ...more], evidence) => {
    const { departure, fromMs, abandoned } = first;
    const { pod, toldAt, graceMs } = departure;
    const firstMs = Math.min(...abandoned.map(({ sample }) => sample.at));
    const afterMs = Math.max(0, firstMs - fromMs);
    const told =
      toldAt === null
        ? 'it had gone when the API was asked again'
        : `it was told to stop${graceMs === null ? '' : `, with ${duration(graceMs)} to do so`}`;
    return {
      title: `Pod ${pod.namespace}/${pod.name}${more.length === 0 ? '' : ` (and ${more.length} more)`} was stopped, and answered nobody ${toldAt === null ? 'any more' : `${duration(afterMs)} later`} while requests were still sent to it`,
      object: ownerOrPod(evidence, pod),
      where: null,
      armLabel: 'Before',
      lines: [
        line('Then', `${count(abandoned.length, 'request')} of ours straight to it failed`, abandoned.slice(0, 10)),
        line('Stopped', told),
      ],
      fix: {
        says: 'Let the serving container wait until nobody sends any more (the sleep action needs Kubernetes 1.30; before, exec sleep), and let the program finish what it has on SIGTERM:',
        manifest: 'lifecycle:\n  preStop:\n    sleep:\n      seconds: 10\n',
      },
    };
  },
});

function abruptEnd(evidence: Evidence, departure: Departure): Abrupt | null {
  const paths = evidence.paths.filter((path) => departureOf(evidence.recording, path.path) === departure);
  const abandoned = paths.flatMap((path) => abandonedOn(evidence, path));
  if (abandoned.length === 0) return null;
  const failures = abandoned.map(({ sample }) => sample.at);
  const [first, last] = [Math.min(...failures), Math.max(...failures)];
  const answers = paths.flatMap(({ answered }) => answered.map(({ sample }) => sample.at)).filter((at) => at < first);
  return {
    departure,
    paths,
    abandoned,
    fromMs: Math.max(departure.toldAt ?? 0, ...answers),
    toMs: Math.min(last, first + LATE_MS),
  };
}

/** A request that failed between the pod's last answer and the last moment at which nodes may not have heard of it. */
function isMet({ fromMs, toMs }: Abrupt, { path: { path }, attempt: { sample } }: Symptom): boolean {
  return (path.to.kind === 'service' || path.to.kind === 'entry') && sample.at >= fromMs && sample.at <= toMs;
}

function ownerOrPod({ cluster }: Evidence, { namespace, name }: Departure['pod']) {
  const owner = cluster.pods.find((pod) => pod.namespace === namespace && pod.name === name)?.owner ?? null;
  return owner === null ? { kind: 'Pod', namespace, name } : { kind: owner.kind, namespace, name: owner.name };
}
