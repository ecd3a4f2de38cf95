/** The real cluster of $KUBECONFIG as the suite sees it: with a client of its own, so that it does not share kprobe's mistakes. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiException,
  ApisApi,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  loadYaml,
  PatchStrategy,
  type KubernetesObject,
  type V1Deployment,
  type V1Node,
  type V1Pod,
} from '@kubernetes/client-node';
import type { Manifest } from '../../src/lab/scenario/manifest.ts';

/** On namespaces that the suite made: only these are ever deleted. */
const MARK = 'kprobe.dev/e2e';
/** For images to be pulled, pods to start, namespaces to go. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 250;
const RUN_LABEL = 'kprobe.dev/run';

export interface ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly podRange: string | null;
}

export interface RealCluster {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  /** Nodes that take pods, in the order of their names. */
  readonly nodes: readonly ClusterNode[];
  /** The network of the ingress controller's pods; null: no ingress-nginx here. */
  readonly ingress: 'host' | 'pod' | null;
  apply(manifests: readonly (Manifest | KubernetesObject)[]): Promise<void>;
  /** Until every Deployment of these namespaces has all its replicas. */
  rolledOut(namespaces: readonly string[]): Promise<void>;
  pods(namespace: string, labels?: Readonly<Record<string, string>>): Promise<V1Pod[]>;
  /** Removes what `apply` made, and waits until the namespaces are gone. */
  remove(manifests: readonly (Manifest | KubernetesObject)[]): Promise<void>;
  /** Pods and ConfigMaps of kprobe's runs, `Pod shop/kprobe-…`; of one run, or of all. */
  leftovers(run?: string): Promise<string[]>;
  /** Removes them, as an administrator would: after a test that forbade kprobe to do so. */
  sweep(run: string | null): Promise<void>;
  /** API groups that are served; the core group is the empty one. */
  groups(): Promise<ReadonlySet<string>>;
}

/** Throws, in one line, where $KUBECONFIG leads to no cluster with at least one node that takes pods. */
export async function realCluster(): Promise<RealCluster> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(CoreV1Api);
  const listed = await core.listNode().catch((cause: unknown) => {
    const server = config.getCurrentCluster()?.server ?? 'none';
    throw new Error(`e2e needs a cluster: no answer from ${server}, the current one of $KUBECONFIG`, { cause });
  });
  const nodes = listed.items.filter(takesPods).map(nodeOf).toSorted(byName);
  if (nodes.length === 0) throw new Error('e2e needs a cluster with a node that is ready and takes pods');
  const objects = KubernetesObjectApi.makeApiClient(config);
  return {
    config,
    core,
    nodes,
    ingress: await ingressOf(core),
    async apply(manifests) {
      for (const manifest of manifests) {
        if (manifest.kind === 'Namespace') await ownNamespace(core, nameOf(manifest));
        const object = manifest.kind === 'Namespace' ? marked(manifest) : manifest;
        await objects.patch(typed(object), undefined, undefined, 'e2e', true, PatchStrategy.ServerSideApply);
      }
    },
    async rolledOut(namespaces) {
      for (const namespace of namespaces) {
        await until(`Deployments of ${namespace} rolled out`, async () => {
          const { items } = await objects.list<V1Deployment>('apps/v1', 'Deployment', namespace);
          return items.every(isRolledOut);
        });
      }
    },
    async pods(namespace, labels = {}) {
      const labelSelector = Object.entries(labels).map((pair) => pair.join('='));
      return (await core.listNamespacedPod({ namespace, labelSelector: labelSelector.join(',') })).items;
    },
    async remove(manifests) {
      const spaces = new Set(manifests.filter(({ kind }) => kind === 'Namespace').map(nameOf));
      // What stands in a namespace of the suite goes with it.
      const own = manifests.filter(({ metadata }) => !spaces.has(metadata?.namespace ?? ''));
      for (const manifest of own.toReversed()) {
        if (manifest.kind === 'Namespace') await removeNamespace(core, nameOf(manifest));
        else await unlessGone(objects.delete(manifest as KubernetesObject));
      }
    },
    async leftovers(run) {
      const labelSelector = run === undefined ? RUN_LABEL : `${RUN_LABEL}=${run}`;
      const [pods, configMaps] = await Promise.all([
        core.listPodForAllNamespaces({ labelSelector }),
        core.listConfigMapForAllNamespaces({ labelSelector }),
      ]);
      const say = (kind: string, { metadata }: KubernetesObject) => `${kind} ${metadata?.namespace}/${metadata?.name}`;
      return [...pods.items.map((each) => say('Pod', each)), ...configMaps.items.map((each) => say('ConfigMap', each))];
    },
    async sweep(run) {
      if (run === null) return;
      const labelSelector = `${RUN_LABEL}=${run}`;
      // Pods are owned by the run's ConfigMaps, and go with them.
      for (const { metadata } of (await core.listConfigMapForAllNamespaces({ labelSelector })).items) {
        const { name = '', namespace = '' } = metadata ?? {};
        await unlessGone(core.deleteNamespacedConfigMap({ name, namespace }));
      }
    },
    async groups() {
      const { groups } = await config.makeApiClient(ApisApi).getAPIVersions();
      return new Set(['', ...groups.map(({ name }) => name)]);
    },
  };
}

/** Asks again until it is so; throws after two minutes, naming what it waited for. */
export async function until(what: string, isSo: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> {
  for (const end = Date.now() + patienceMs; !(await isSo()); await sleep(PAUSE_MS)) {
    if (Date.now() > end) throw new Error(`waited ${patienceMs / 1000} s in vain: ${what}`);
  }
}

/** A namespace that somebody else made is not touched; one that an earlier suite left is removed first. */
async function ownNamespace(core: CoreV1Api, name: string): Promise<void> {
  const there = await unlessGone(core.readNamespace({ name }));
  if (there === null) return;
  if (there.metadata?.annotations?.[MARK] === undefined) {
    throw new Error(`e2e would make namespace ${name}, which exists: delete it, or name another cluster`);
  }
  await removeNamespace(core, name);
}

/** Its pods go at once: many images do not heed SIGTERM, and nobody waits for their grace period. */
async function removeNamespace(core: CoreV1Api, name: string): Promise<void> {
  await unlessGone(core.deleteNamespace({ name }));
  await until(`namespace ${name} gone`, async () => {
    const there = await unlessGone(core.readNamespace({ name }));
    if (there === null) return true;
    await unlessGone(core.deleteCollectionNamespacedPod({ namespace: name, gracePeriodSeconds: 0 }));
    return false;
  });
}

/** In the library's own words, `_from` for `from`: it sends nothing else, and says nothing of what it leaves out. */
function typed(object: object): KubernetesObject {
  return loadYaml<KubernetesObject>(JSON.stringify(object));
}

function marked(manifest: Manifest | KubernetesObject): object {
  const { name, labels = {} } = manifest.metadata as { name?: string; labels?: object };
  return { ...manifest, metadata: { name, labels, annotations: { [MARK]: 'true' } } };
}

async function unlessGone<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiException && (error.code === 404 || error.code === 409)) return null;
    throw error;
  }
}

function isRolledOut({ spec, status, metadata }: V1Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1);
  return isSeen && (status?.updatedReplicas ?? 0) === wanted && (status?.availableReplicas ?? 0) === wanted;
}

function takesPods({ spec, status }: V1Node): boolean {
  const isReady = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
  const isTainted = spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule') ?? false;
  return isReady && !isTainted && spec?.unschedulable !== true;
}

function nodeOf({ metadata, spec, status }: V1Node): ClusterNode {
  const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  return { name: metadata?.name ?? '', address, podRange: spec?.podCIDR ?? null };
}

async function ingressOf(core: CoreV1Api): Promise<RealCluster['ingress']> {
  const labelSelector = 'app.kubernetes.io/name=ingress-nginx,app.kubernetes.io/component=controller';
  const [pod] = (await core.listPodForAllNamespaces({ labelSelector, limit: 1 })).items;
  if (pod === undefined) return null;
  return pod.spec?.hostNetwork === true ? 'host' : 'pod';
}

function nameOf({ metadata }: Manifest | KubernetesObject): string {
  return metadata?.name ?? '';
}

function byName(one: ClusterNode, other: ClusterNode): number {
  return one.name.localeCompare(other.name, 'en', { numeric: true });
}
