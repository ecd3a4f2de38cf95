/** What a pod's status says of one ephemeral container in it. Pure. */
import type { ApiObject } from '../api/cluster-client.ts';
import { listAt, numberAt, textAt } from '../api/fields.ts';
import { join, STUCK, type PodState } from './pod-state.ts';

export function insideState(pod: ApiObject, container: string): PodState {
  const say = (kind: PodState['kind'], because: string | null = null): PodState => ({ kind, because, addresses: [] });
  const status = listAt(pod, 'status', 'ephemeralContainerStatuses').find((each) => textAt(each, 'name') === container);
  const [state, message] = [(at: string) => textAt(status, 'state', at, 'reason'), 'message'];
  // Unset where it never ran: then there is no log either.
  const hasRun = textAt(status, 'state', 'terminated', 'containerID') !== null;
  const ended = state('terminated');
  if (ended !== null) {
    const because = join(ended, textAt(status, 'state', 'terminated', message));
    if (!hasRun) return say('failed', because);
    return numberAt(status, 'state', 'terminated', 'exitCode') === 0 ? say('ended') : say('ended', because);
  }
  if (textAt(status, 'state', 'running', 'startedAt') !== null) return say('running');
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return say('failed', 'its pod is over');
  const waiting = state('waiting');
  if (waiting === null || !STUCK.has(waiting)) return say('starting');
  return say('stuck', join(waiting, textAt(status, 'state', 'waiting', message)));
}
