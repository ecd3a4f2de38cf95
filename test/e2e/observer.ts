/** Everything that happens to pods and EndpointSlices of one namespace while a run goes on. */
import {
  Watch,
  type KubeConfig,
  type V1EndpointSlice,
  type V1OwnerReference,
  type V1Pod,
} from '@kubernetes/client-node';

const RUN_LABEL = 'kprobe.dev/run';

export interface Observed {
  /** Names of probe pods that stood in the namespace. */
  readonly twins: ReadonlySet<string>;
  /** What must not happen, a sentence each. */
  readonly harm: readonly string[];
  stop(): void;
}

/** Watches from now on; every event counts, also of what comes and goes between two looks. */
export async function observe(config: KubeConfig, namespace: string): Promise<Observed> {
  const twins = new Set<string>();
  const harm: string[] = [];
  let isOver = false;
  const watch = async (path: string, onEvent: (type: string, object: unknown) => void) =>
    new Watch(config).watch(path, {}, onEvent, () => {
      if (!isOver) harm.push(`the watch of ${path} ended early: what happened then was not seen`);
    });
  const watches = await Promise.all([
    watch(`/api/v1/namespaces/${namespace}/pods`, (type, object) => {
      const pod = object as V1Pod;
      const name = pod.metadata?.name ?? '';
      if (pod.metadata?.labels?.[RUN_LABEL] === undefined) {
        if (type === 'DELETED' || pod.metadata?.deletionTimestamp !== undefined) harm.push(`pod ${name} was deleted`);
        return;
      }
      twins.add(name);
      harm.push(...adoptions(name, pod.metadata.ownerReferences ?? []));
    }),
    watch(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, (_, object) => {
      harm.push(...readyTwins(object as V1EndpointSlice, (name) => twins.has(name) || name.startsWith('kprobe-')));
    }),
  ]);
  return {
    twins,
    harm,
    stop() {
      isOver = true;
      for (const each of watches) each.abort();
    },
  };
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
