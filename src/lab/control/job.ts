/** Job → pods until enough have succeeded or too many failed. */
import type { KubeObject } from '../model.ts';
import { timestamp } from '../api/store.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { claim } from './ownership.ts';
import { createPod, deletePod, isActive } from './pods.ts';

/** Completions, parallelism, backoffLimit, activeDeadlineSeconds and ttlSecondsAfterFinished. */
export const jobs: Controller = {
  watches: ['jobs', 'pods', 'namespaces', 'resourcequotas'],
  reconcile(context) {
    for (const job of context.store.list('jobs')) reconcileJob(context, job);
  },
};

function reconcileJob(context: ControllerContext, job: KubeObject): void {
  const { selector, completions, parallelism, backoffLimit, suspend } = job['spec'];
  const pods = claim(context.store, job, { resource: 'pods', selector });
  if (job.metadata.deletionTimestamp !== undefined) return;
  const ended: { type: string; lastTransitionTime: string } | undefined = job['status']?.conditions?.[0];
  if (ended !== undefined) return expire(context, job, ended.lastTransitionTime);
  const succeeded = pods.filter((pod) => pod['status']?.phase === 'Succeeded').length;
  const failed = pods.filter((pod) => pod['status']?.phase === 'Failed').length;
  const active = pods.filter(isActive);
  const at = timestamp(context.now());
  const end = (type: 'Complete' | 'Failed', reason: string): void => {
    for (const pod of active) deletePod(context, pod);
    const done = type === 'Complete' ? { completionTime: at } : {};
    write({
      succeeded,
      failed,
      active: 0,
      ...done,
      conditions: [{ type, status: 'True', reason, lastProbeTime: at, lastTransitionTime: at }],
    });
  };
  const write = (status: object): void =>
    context.store.putStatus('jobs', job.metadata.namespace ?? null, job.metadata.name, status);
  if (succeeded >= completions) return end('Complete', 'CompletionsReached');
  if (failed > backoffLimit) return end('Failed', 'BackoffLimitExceeded');
  const leftMs = deadlineLeftMs(job, context.now());
  if (leftMs !== null && leftMs <= 0) return end('Failed', 'DeadlineExceeded');
  if (leftMs !== null) context.again(leftMs);
  let running = active.length;
  for (const most = Math.min(parallelism, completions - succeeded); running < most && suspend !== true; running++) {
    if (!createPod(context, job, {}).ok) break;
  }
  write({ startTime: job['status']?.startTime ?? at, active: running, succeeded, failed, ready: active.length });
}

function deadlineLeftMs(job: KubeObject, now: Date): number | null {
  const seconds = job['spec'].activeDeadlineSeconds;
  const start = Date.parse(job['status']?.startTime ?? job.metadata.creationTimestamp);
  return seconds === undefined ? null : start + seconds * 1000 - now.getTime();
}

function expire(context: ControllerContext, job: KubeObject, endedAt: string): void {
  const seconds = job['spec'].ttlSecondsAfterFinished;
  if (seconds === undefined) return;
  const leftMs = Date.parse(endedAt) + seconds * 1000 - context.now().getTime();
  if (leftMs > 0) return context.again(leftMs);
  context.store.remove({ resource: 'jobs', namespace: job.metadata.namespace ?? null, name: job.metadata.name });
}
