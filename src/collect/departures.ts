/**
 * Pods of the target that are told to stop while they are asked, and those that lose their readiness, of the proxies in front of it as well. The API is asked again only where an attempt was hindered since the last look, so
 * where all is well it is asked nothing.
 */
import type { ApiObject, ClusterClient } from '../api/cluster-client.ts';
import { nameOf, numberAt, textAt } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import type { Cluster, ObjectName, Pod } from '../model/cluster.ts';
import { GATEWAY_ERRORS } from '../model/gateway-errors.ts';
import { named } from '../model/named.ts';
import type { Departure, Recording, Relapse } from '../model/recording.ts';
import type { Target } from '../model/target.ts';
import { relapsesIn } from './relapses.ts';

/** Between two looks, milliseconds: a rollout replaces a pod in some seconds. */
const LOOK_MS = 1000;

export interface DepartureQuestion {
  readonly client: Pick<ClusterClient, 'list'>;
  readonly cluster: Pick<Cluster, 'services' | 'controllers' | 'pods'>;
  readonly target: Pick<Target, 'service' | 'className' | 'entries'>;
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
  const asked = [askedPods(cluster, target), askedProxies(cluster, target)].filter((each) => each !== null);
  const departures = new Map<string, Departure>();
  const relapses = new Map<string, Relapse>();
  let failures = 0;
  let lookedAt = 0;
  let looking: Promise<unknown> = Promise.resolve();

  const look = async ({ namespace, labelSelector, pods, before }: Asked): Promise<void> => {
    const listed = await client.list(RESOURCES.pods, {
      namespace,
      ...(labelSelector === undefined ? {} : { labelSelector }),
    });
    // Whoever may not look knows nothing of it, and nothing is concluded.
    if (!listed.ok) return;
    for (const departure of departuresIn(listed.value, pods, now())) {
      const key = departure.pod.name;
      const known = departures.get(key);
      departures.set(key, known === undefined ? departure : { ...departure, ...known });
    }
    for (const relapse of relapsesIn(listed.value, before, now()))
      relapses.set(`${relapse.pod.namespace}/${relapse.pod.name}`, relapse);
  };
  const lookAgain = (recording: Recording): void => {
    const count = recording.samples.filter(isHindered).length;
    if (asked.length === 0 || count === failures || now() - lookedAt < LOOK_MS) return;
    [failures, lookedAt] = [count, now()];
    looking = Promise.all(asked.map(look));
  };
  const told = (recording: Recording): Recording => ({
    ...recording,
    ...(departures.size === 0 ? {} : { departures: [...departures.values()] }),
    ...(relapses.size === 0 ? {} : { relapses: [...relapses.values()] }),
  });
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
  /** Absent: all pods of the namespace. */
  readonly labelSelector?: string;
  /** Those whose end would be felt. */
  readonly pods: readonly ObjectName[];
  /** Those whose readiness would be missed, as they were read first. */
  readonly before: readonly Pod[];
}

/** null: no Service selects them, so nobody replaces them. */
function askedPods({ services, pods: all }: Facts, { service }: Pick<Target, 'service'>): Asked | null {
  const own = named(services, service);
  const labels = Object.entries(own?.selector ?? {});
  const pods = service?.backends.flatMap(({ pod, ready }) => (pod === null || !ready ? [] : [pod])) ?? [];
  if (own === null || labels.length === 0 || pods.length === 0) return null;
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  return { namespace: own.namespace, labelSelector, pods, before: namedIn(all, pods) };
}

type Facts = DepartureQuestion['cluster'];

/** The proxies in front of the target; null: it has none that are known. */
function askedProxies(
  { controllers, pods: all }: Facts,
  { className, entries }: Pick<Target, 'className' | 'entries'>,
): Asked | null {
  const proxies = controllers.find((each) => each.className === className)?.pods ?? [];
  const [first] = proxies;
  if (first === undefined || entries.length === 0) return null;
  const { namespace } = first;
  const before = namedIn(
    all,
    proxies.filter((each) => each.namespace === namespace),
  );
  return { namespace, pods: [], before };
}

function namedIn(pods: readonly Pod[], names: readonly ObjectName[]): Pod[] {
  const wanted = new Set(names.map(({ namespace, name }) => `${namespace}/${name}`));
  return pods.filter(({ namespace, name }) => wanted.has(`${namespace}/${name}`));
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

/** It failed, or its SYN had to be sent again: what is not Ready any more may have been left out meanwhile. */
function isHindered({ outcome, http, synRetransmissions }: Recording['samples'][number]): boolean {
  if (synRetransmissions > 0) return true;
  return outcome.kind !== 'answered'
    ? outcome.kind !== 'cut' || outcome.phase !== 'idle'
    : GATEWAY_ERRORS.has(http?.status ?? 0);
}
