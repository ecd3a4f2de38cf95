/** What a probe pod's status means for the run. Pure. */
import type { ApiObject } from '../api/cluster-client.ts';
import { listAt, textAt } from '../api/fields.ts';
import { conditionOf } from '../discover/workloads.ts';

/**
 * - `starting`: nothing is wrong yet. `stuck`: it cannot start as things are (it may still recover).
 * - `running`: its log can be read. `ended`: it has run and is over. `failed`: it is over for a reason of the cluster's.
 */
export interface PodState {
  readonly kind: 'starting' | 'stuck' | 'running' | 'ended' | 'failed';
  /** For `stuck` and `failed`: why, in the cluster's words. */
  readonly because: string | null;
  readonly addresses: readonly string[];
}

/** The kubelet's words for a container that will not start by waiting a little (kubernetes: pkg/kubelet/images, kuberuntime). */
export const STUCK: ReadonlySet<string> = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
]);

export function podState(pod: ApiObject): PodState {
  const listed = listAt(pod, 'status', 'podIPs').flatMap((each) => textAt(each, 'ip') ?? []);
  const single = textAt(pod, 'status', 'podIP');
  const addresses = listed.length > 0 || single === null ? listed : [single];
  const say = (kind: PodState['kind'], because: string | null = null): PodState => ({ kind, because, addresses });
  const status = listAt(pod, 'status', 'containerStatuses')[0];
  const phase = textAt(pod, 'status', 'phase');
  const reason = textAt(pod, 'status', 'reason');
  if (phase === 'Succeeded') return say('ended');
  if (phase === 'Failed') return say('failed', whyFailed(pod, status, reason));
  if (textAt(status, 'state', 'running', 'startedAt') !== null) return say('running');
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  if (waiting !== null && STUCK.has(waiting))
    return say('stuck', join(waiting, textAt(status, 'state', 'waiting', 'message')));
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return say('stuck', join('Unschedulable', scheduled.message));
  }
  return say('starting');
}

function whyFailed(pod: ApiObject, status: unknown, reason: string | null): string {
  if (reason !== null) return join(reason, textAt(pod, 'status', 'message'));
  const ended = textAt(status, 'state', 'terminated', 'reason');
  return ended === null ? 'the pod failed' : join(ended, textAt(status, 'state', 'terminated', 'message'));
}

/** The reason and the message of a status, in one line. */
export function join(reason: string, message: string | null): string {
  return message === null ? reason : `${reason}: ${message.replaceAll(/\s+/g, ' ').slice(0, 250)}`;
}
