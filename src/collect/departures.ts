/**
 * Pods of the target that are told to stop while they are asked. The API is asked again only where an attempt has failed since the last look, so
 * where all is well it is asked nothing.
 */
import type { ApiObject, ClusterClient } from '../api/cluster-client.ts';
import { nameOf, numberAt, textAt } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import type { Cluster, ObjectName } from '../model/cluster.ts';
import { GATEWAY_ERRORS } from '../model/gateway-errors.ts';
import type { Departure, Recording } from '../model/recording.ts';
import type { Target } from '../model/target.ts';

/** Between two looks, milliseconds: a rollout replaces a pod in some seconds. */
const LOOK_MS = 1000;

export interface DepartureQuestion {
  readonly client: Pick<ClusterClient, 'list'>;
  readonly cluster: Pick<Cluster, 'services'>;
  readonly target: Pick<Target, 'service'>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface Departures {
  /** The recording with what is known of them until now; looks again where it shows reason to. */
  toldWith(recording: Recording): Recording;
  /** The same once the last look is over. */
  settledWith(recording: Recording): Promise<Recording>;
}

export function watchDepartures({ client, cluster, target, now }: DepartureQuestion): Departures {
  const asked = askedPods(cluster, target);
  const known = new Map<string, Departure>();
  let failures = 0;
  let lookedAt = 0;
  let looking: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    if (asked === null) return;
    const listed = await client.list(RESOURCES.pods, { namespace: asked.namespace, labelSelector: asked.selector });
    // Whoever may not look knows nothing of it, and nothing is concluded.
    if (!listed.ok) return;
    for (const departure of departuresIn(listed.value, asked.pods, now())) {
      const key = departure.pod.name;
      const before = known.get(key);
      known.set(key, before === undefined ? departure : { ...departure, ...before });
    }
  };
  const lookAgain = (recording: Recording): void => {
    const count = recording.samples.filter(hasFailed).length;
    if (asked === null || count === failures || now() - lookedAt < LOOK_MS) return;
    [failures, lookedAt] = [count, now()];
    looking = look();
  };
  const told = (recording: Recording): Recording =>
    known.size === 0 ? recording : { ...recording, departures: [...known.values()] };
  return {
    toldWith: (recording) => {
      lookAgain(recording);
      return told(recording);
    },
    settledWith: async (recording) => {
      lookedAt = 0;
      lookAgain(recording);
      await looking;
      return told(recording);
    },
  };
}

interface Asked {
  readonly namespace: string;
  readonly selector: string;
  /** Those that the run asks. */
  readonly pods: readonly ObjectName[];
}

/** null: no Service selects them, so nobody replaces them. */
function askedPods({ services }: Pick<Cluster, 'services'>, { service }: Pick<Target, 'service'>): Asked | null {
  const own = services.find(({ namespace, name }) => namespace === service?.namespace && name === service.name);
  const labels = Object.entries(own?.selector ?? {});
  const pods = service?.backends.flatMap(({ pod, ready }) => (pod === null || !ready ? [] : [pod])) ?? [];
  if (own === undefined || labels.length === 0 || pods.length === 0) return null;
  return { namespace: own.namespace, selector: labels.map(([key, value]) => `${key}=${value}`).join(','), pods };
}

function departuresIn(objects: readonly ApiObject[], pods: readonly ObjectName[], seenAt: number): Departure[] {
  const byName = new Map(objects.map((object) => [nameOf(object)?.name, object]));
  return pods.flatMap((pod): Departure[] => {
    const object = byName.get(pod.name);
    if (object === undefined) return [{ pod, toldAt: null, seenAt, graceMs: null }];
    const dueAt = Date.parse(textAt(object, 'metadata', 'deletionTimestamp') ?? '');
    if (Number.isNaN(dueAt)) return [];
    // The time at which it is to be over at the latest (ObjectMeta.deletionTimestamp).
    const graceMs = 1000 * (numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0);
    return [{ pod, toldAt: dueAt - graceMs, seenAt, graceMs }];
  });
}

function hasFailed({ outcome, http }: Recording['samples'][number]): boolean {
  return outcome.kind !== 'answered'
    ? outcome.kind !== 'cut' || outcome.phase !== 'idle'
    : GATEWAY_ERRORS.has(http?.status ?? 0);
}
