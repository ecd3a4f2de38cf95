/** DaemonSet → one pod on every node that fits. */
import type { KubeObject } from '../model.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { claim } from './ownership.ts';
import { fits } from './fitness.ts';
import { createPod, deletePod, hasEnded, isActive, isReady, templateHash } from './pods.ts';

const HASH_LABEL = 'controller-revision-hash';

/** What Kubernetes adds so that daemons outlive trouble of their node. */
const DAEMON_TOLERATIONS = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
].map((trouble) => ({
  key: `node.kubernetes.io/${trouble}`,
  operator: 'Exists',
  effect: trouble === 'not-ready' || trouble === 'unreachable' ? 'NoExecute' : 'NoSchedule',
}));

/** Pods are bound by node affinity, through the scheduler. */
export const daemonSets: Controller = {
  watches: ['daemonsets', 'pods', 'nodes', 'namespaces', 'resourcequotas'],
  reconcile(context) {
    for (const set of context.store.list('daemonsets')) reconcileSet(context, set);
  },
};

function reconcileSet(context: ControllerContext, set: KubeObject): void {
  const { store } = context;
  const { selector, template } = set['spec'];
  const pods = claim(store, set, { resource: 'pods', selector });
  if (set.metadata.deletionTimestamp !== undefined) return;
  const hash = templateHash(template);
  const tolerations = [...(template.spec.tolerations ?? []), ...DAEMON_TOLERATIONS];
  const wanted = store.list('nodes').filter((node) => fits({ ...template.spec, tolerations }, node) === null);
  const names = new Set(wanted.map((node) => node.metadata.name));
  for (const pod of pods) if (isActive(pod) && !names.has(nodeOf(pod))) deletePod(context, pod);
  for (const pod of pods) if (hasEnded(pod)) deletePod(context, pod);
  replaceOutdated(context, set, { pods, hash });
  const places = new Set(pods.filter((pod) => !hasEnded(pod)).map(nodeOf));
  for (const name of names) {
    if (!places.has(name))
      createPod(context, set, {
        labels: { [HASH_LABEL]: hash },
        spec: { tolerations, affinity: boundTo(template.spec.affinity, name) },
      });
  }
  writeStatus(context, set, { pods, names, hash });
}

/** One at a time, as the default maxUnavailable of 1 says. */
function replaceOutdated(
  context: ControllerContext,
  set: KubeObject,
  about: { pods: readonly KubeObject[]; hash: string },
): void {
  if (set['spec'].updateStrategy.type !== 'RollingUpdate') return;
  if (about.pods.some((pod) => !isReady(pod) && pod.metadata.labels?.[HASH_LABEL] === about.hash)) return;
  if (about.pods.some((pod) => pod.metadata.deletionTimestamp !== undefined)) return;
  const outdated = about.pods.find((pod) => isActive(pod) && pod.metadata.labels?.[HASH_LABEL] !== about.hash);
  if (outdated !== undefined) deletePod(context, outdated);
}

function writeStatus(
  context: ControllerContext,
  set: KubeObject,
  about: { pods: readonly KubeObject[]; names: ReadonlySet<string>; hash: string },
): void {
  const active = about.pods.filter((pod) => isActive(pod) && about.names.has(nodeOf(pod)));
  const ready = active.filter(isReady).length;
  context.store.putStatus('daemonsets', set.metadata.namespace ?? null, set.metadata.name, {
    desiredNumberScheduled: about.names.size,
    currentNumberScheduled: active.length,
    updatedNumberScheduled: active.filter((pod) => pod.metadata.labels?.[HASH_LABEL] === about.hash).length,
    numberReady: ready,
    numberAvailable: ready,
    numberMisscheduled: 0,
    observedGeneration: set.metadata['generation'],
  });
}

/** The node that a daemon is made for: where it is, or where its affinity binds it. */
function nodeOf(pod: KubeObject): string {
  const required = pod['spec'].affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return pod['spec'].nodeName ?? required?.nodeSelectorTerms?.[0]?.matchFields?.[0]?.values?.[0] ?? '';
}

function boundTo(affinity: object | undefined, node: string): object {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  return {
    ...affinity,
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
  };
}
