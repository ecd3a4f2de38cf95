/** The scheduler: filters, spread constraints, then the node with the fewest pods. */
import type { KubeObject } from '../model.ts';
import { selectorMatches } from '../api/labels.ts';
import { timestamp } from '../api/store.ts';
import { recordEvent } from '../api/events.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { fits } from './fitness.ts';
import { hasEnded } from './pods.ts';

type Part = Record<string, any>;

/** Binds every pod that waits for a node, or says why it cannot. */
export const scheduler: Controller = {
  watches: ['pods', 'nodes'],
  reconcile(context) {
    const { store } = context;
    const waiting = store
      .list('pods')
      .filter((pod) => !pod['spec'].nodeName && !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined);
    for (const pod of waiting) {
      const choice = chooseNode(pod, { nodes: store.list('nodes'), pods: store.list('pods') });
      if (choice.ok) bind(context, pod, choice.node);
      else reject(context, pod, choice.problem);
    }
  },
};

export type Choice = { readonly ok: true; readonly node: string } | { readonly ok: false; readonly problem: string };

/** Pure: where a pod goes. Ties go to the first name, so that runs repeat. */
export function chooseNode(
  pod: KubeObject,
  cluster: { readonly nodes: readonly KubeObject[]; readonly pods: readonly KubeObject[] },
): Choice {
  const reasons = new Map<string, number>();
  const note = (reason: string): void => void reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const fitting = cluster.nodes.filter((node) => {
    const reason = isNodeReady(node)
      ? fits(pod['spec'], node)
      : 'had untolerated taint {node.kubernetes.io/not-ready: }';
    if (reason !== null) note(reason);
    return reason === null;
  });
  const spread = fitting.filter((node) => {
    const isSpread = asList(pod['spec'].topologySpreadConstraints).every((constraint) =>
      keepsSkew(constraint, { node, pod, fitting, pods: cluster.pods }),
    );
    if (!isSpread) note("didn't match pod topology spread constraints");
    return isSpread;
  });
  const load = (node: KubeObject): number =>
    cluster.pods.filter((other) => other['spec'].nodeName === node.metadata.name && !hasEnded(other)).length;
  const [best] = spread
    .map((node) => ({ name: node.metadata.name, load: load(node) }))
    .sort((left, right) => left.load - right.load);
  if (best !== undefined) return { ok: true, node: best.name };
  const listed = [...reasons].map(([reason, count]) => `${count} node(s) ${reason}`).join(', ');
  const total = `0/${cluster.nodes.length} nodes are available`;
  return { ok: false, problem: listed === '' ? 'no nodes available to schedule pods' : `${total}: ${listed}.` };
}

function keepsSkew(
  constraint: Part,
  about: { node: KubeObject; pod: KubeObject; fitting: readonly KubeObject[]; pods: readonly KubeObject[] },
): boolean {
  if (constraint['whenUnsatisfiable'] === 'ScheduleAnyway') return true;
  const domainOf = (node: KubeObject): string | undefined => node.metadata.labels?.[constraint['topologyKey']];
  const counts = new Map<string, number>();
  const domains = new Map<string, string>();
  for (const node of about.fitting) {
    const domain = domainOf(node);
    if (domain === undefined) continue;
    counts.set(domain, counts.get(domain) ?? 0);
    domains.set(node.metadata.name, domain);
  }
  for (const other of about.pods) {
    const domain = domains.get(other['spec'].nodeName);
    const isCounted =
      other.metadata.namespace === about.pod.metadata.namespace &&
      other.metadata.deletionTimestamp === undefined &&
      !hasEnded(other);
    if (domain !== undefined && isCounted && selectorMatches(constraint['labelSelector'], other.metadata.labels)) {
      counts.set(domain, (counts.get(domain) ?? 0) + 1);
    }
  }
  const own = domainOf(about.node);
  if (own === undefined) return false;
  const self = selectorMatches(constraint['labelSelector'], about.pod.metadata.labels) ? 1 : 0;
  return (counts.get(own) ?? 0) + self - Math.min(...counts.values()) <= Number(constraint['maxSkew'] ?? 1);
}

function bind(context: ControllerContext, pod: KubeObject, nodeName: string): void {
  const answer = context.store.update('pods', { ...pod, spec: { ...pod['spec'], nodeName } });
  if (!answer.ok) return;
  writeCondition(context, answer.object, { status: 'True' });
  const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${nodeName}`;
  recordEvent(context.store, pod, {
    type: 'Normal',
    reason: 'Scheduled',
    message,
    component: 'default-scheduler',
    at: context.now(),
  });
}

function reject(context: ControllerContext, pod: KubeObject, message: string): void {
  const had = asList(pod['status']?.conditions).find(({ type }) => type === 'PodScheduled');
  if (had?.['status'] === 'False' && had['message'] === message) return;
  writeCondition(context, pod, { status: 'False', reason: 'Unschedulable', message });
  recordEvent(context.store, pod, {
    type: 'Warning',
    reason: 'FailedScheduling',
    message,
    component: 'default-scheduler',
    at: context.now(),
  });
}

function writeCondition(context: ControllerContext, pod: KubeObject, condition: object): void {
  const others = asList(pod['status']?.conditions).filter(({ type }) => type !== 'PodScheduled');
  const scheduled = {
    type: 'PodScheduled',
    lastProbeTime: null,
    lastTransitionTime: timestamp(context.now()),
    ...condition,
  };
  context.store.putStatus('pods', pod.metadata.namespace ?? null, pod.metadata.name, {
    conditions: [...others, scheduled],
  });
}

/** A node that says nothing of itself counts as ready. */
function isNodeReady(node: KubeObject): boolean {
  const ready = asList(node['status']?.conditions).find(({ type }) => type === 'Ready');
  return ready === undefined || ready['status'] === 'True';
}

function asList(value: unknown): Part[] {
  return Array.isArray(value) ? value : [];
}
