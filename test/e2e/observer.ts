/** Everything that happens to pods and EndpointSlices of one namespace while a run goes on. */
import {
  DiscoveryV1Api,
  Watch,
  type KubeConfig,
  type KubernetesObject,
  type V1EndpointSlice,
  type V1OwnerReference,
  type V1Pod,
} from '@kubernetes/client-node';
import type { RealCluster } from './cluster.ts';

const RUN_LABEL = 'kprobe.dev/run';

export interface Observed {
  /** Names of probe pods that stood in the namespace. */
  readonly twins: ReadonlySet<string>;
  /** What must not happen, a sentence each. */
  readonly harm: readonly string[];
  stop(): void;
}

/** Watches from now on; every event counts, also of what comes and goes between two looks. */
export async function observe({ config, core }: RealCluster, namespace: string): Promise<Observed> {
  const twins = new Set<string>();
  const harm: string[] = [];
  const over = new AbortController();
  const slices = config.makeApiClient(DiscoveryV1Api);
  const [podsNow, slicesNow] = await Promise.all([
    core.listNamespacedPod({ namespace }),
    slices.listNamespacedEndpointSlice({ namespace }),
  ]);
  const onPod = (type: string, { metadata }: V1Pod) => {
    const name = metadata?.name ?? '';
    if (metadata?.labels?.[RUN_LABEL] === undefined) {
      if (type === 'DELETED' || metadata?.deletionTimestamp !== undefined) harm.push(`pod ${name} was deleted`);
      return;
    }
    twins.add(name);
    harm.push(...adoptions(name, metadata.ownerReferences ?? []));
  };
  const follow = (path: string, from: string | undefined, onEvent: (type: string, object: never) => void) =>
    void watchOn({ config, path, from: from ?? '', onEvent, over: over.signal }).catch((error: unknown) =>
      harm.push(`what happened at ${path} was not all seen: ${String(error)}`),
    );
  follow(`/api/v1/namespaces/${namespace}/pods`, podsNow.metadata?.resourceVersion, onPod);
  follow(
    `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    slicesNow.metadata?.resourceVersion,
    (_, slice: V1EndpointSlice) =>
      harm.push(...readyTwins(slice, (name) => twins.has(name) || name.startsWith('kprobe-'))),
  );
  return { twins, harm, stop: () => over.abort() };
}

interface Watching {
  readonly config: KubeConfig;
  readonly path: string;
  readonly from: string;
  readonly onEvent: (type: string, object: never) => void;
  readonly over: AbortSignal;
}

/** One stream after the other, each from where the last one ended: servers and proxies end them as they like. */
async function watchOn({ config, path, from, onEvent, over }: Watching): Promise<void> {
  for (let resourceVersion = from; !over.aborted;) {
    await new Promise<void>((resolve, reject) => {
      const onObject = (type: string, object: KubernetesObject) => {
        if (type === 'ERROR') return reject(new Error(JSON.stringify(object)));
        resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
        if (type !== 'BOOKMARK') onEvent(type, object as never);
      };
      const query = { resourceVersion, allowWatchBookmarks: true };
      new Watch(config)
        .watch(path, query, onObject, () => resolve())
        .then((stream) => over.addEventListener('abort', () => stream.abort(), { once: true }), reject);
    });
  }
}

function adoptions(twin: string, owners: readonly V1OwnerReference[]): string[] {
  const controllers = owners.filter(({ controller }) => controller === true);
  const strangers = owners.filter(({ kind }) => kind !== 'ConfigMap');
  return [
    ...(controllers.length === 1 ? [] : [`twin ${twin} has ${controllers.length} controllers`]),
    ...strangers.map(({ kind, name }) => `twin ${twin} was adopted by ${kind} ${name}`),
  ];
}

function readyTwins({ metadata, endpoints }: V1EndpointSlice, isTwin: (pod: string) => boolean): string[] {
  return (endpoints ?? [])
    .filter(({ conditions, targetRef }) => conditions?.ready !== false && isTwin(targetRef?.name ?? ''))
    .map(({ targetRef }) => `EndpointSlice ${metadata?.name} holds twin ${targetRef?.name} as ready`);
}
