/** Removing what runs left: every object carries the run's label, and each run's ConfigMap says how long it lasts. */
import pLimit from 'p-limit';
import type { ApiObject, ClusterClient } from '../api/cluster-client.ts';
import { annotationsOf, labelsOf, nameOf, textAt } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import type { Limitation } from '../model/cluster.ts';
import { LASTS_ANNOTATION, RUN_LABEL } from './names.ts';

/** Deletions at once: quick, and no burden to an API server. */
const AT_ONCE = 8;

export interface Cleaned {
  /** `pod shop/kprobe-…`, in the order found. */
  readonly removed: readonly string[];
  readonly limitations: readonly Limitation[];
}

/** `run`: one run's objects; `all`: every run's; `ended`: those of runs that are over at `nowMs` on the API server's clock. */
export type Which =
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'ended'; readonly nowMs: number };

/** Looks in all namespaces, or in those given where the right to look everywhere is missing. */
export async function cleanup(client: ClusterClient, which: Which, namespaces?: readonly string[]): Promise<Cleaned> {
  const limitations: Limitation[] = [];
  const list = async (kind: 'pods' | 'configMaps') => {
    const labelSelector = which.kind === 'run' ? `${RUN_LABEL}=${which.run}` : RUN_LABEL;
    const scopes = namespaces === undefined ? [{}] : namespaces.map((namespace) => ({ namespace }));
    const lists = await Promise.all(scopes.map((scope) => client.list(RESOURCES[kind], { ...scope, labelSelector })));
    return lists.flatMap((listed) => {
      if (listed.ok) return listed.value;
      limitations.push({ what: `left-over ${RESOURCES[kind].plural}`, because: listed.problem.message });
      return [];
    });
  };
  const listPods = list('pods');
  // In this order: a run makes its ConfigMap first, so that a pod without one is nobody's any more.
  if (which.kind === 'ended') await listPods;
  const [pods, configMaps] = await Promise.all([listPods, list('configMaps')]);
  // Which runs go on, only their ConfigMaps tell: where these cannot be listed, every pod may be somebody's.
  if (which.kind === 'ended' && limitations.length > 0) return { removed: [], limitations };
  const alive = which.kind === 'ended' ? runsAt(which.nowMs, configMaps) : new Set<string>();
  const isOver = (object: ApiObject) => !alive.has(labelsOf(object)[RUN_LABEL] ?? '');
  const limit = pLimit(AT_ONCE);
  const removed: string[] = [];
  const remove = (kind: 'pods' | 'configMaps') => async (object: ApiObject) => {
    const name = nameOf(object);
    if (name === null) return;
    const what = `${kind === 'pods' ? 'pod' : 'configmap'} ${name.namespace}/${name.name}`;
    const deleted = await limit(() => client.delete(RESOURCES[kind], name));
    if (deleted.ok) removed.push(what);
    else limitations.push({ what: `removing ${what}`, because: deleted.problem.message });
  };
  await Promise.all(pods.filter(isOver).map(remove('pods')));
  await Promise.all(configMaps.filter(isOver).map(remove('configMaps')));
  return { removed, limitations };
}

/** Runs that may still be going on. */
function runsAt(nowMs: number, configMaps: readonly ApiObject[]): Set<string> {
  const alive = configMaps.filter((each) => {
    const createdAt = Date.parse(textAt(each, 'metadata', 'creationTimestamp') ?? '');
    return createdAt + Number(annotationsOf(each)[LASTS_ANNOTATION]) * 1000 > nowMs;
  });
  return new Set(alive.map((each) => labelsOf(each)[RUN_LABEL] ?? ''));
}
