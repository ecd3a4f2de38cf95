/** `--from NAMESPACE/WORKLOAD`, `deploy/WORKLOAD` → its running pods, found through who owns them. Pure. */
import type { Cluster, Pod } from '../model/cluster.ts';
import type { Target } from '../model/target.ts';
import { UserError } from '../model/user-error.ts';
import { isWorkload, kindCalled } from './kinds.ts';
import { noWorkload, type Reading } from './no-workload.ts';
import { nameAs, workloadNames } from './workload-names.ts';

/**
 * `from`: `NAMESPACE/NAME`, or as kubectl has it `KIND/NAME`, then of `namespace`. Throws UserError where no such workload has a running pod, or
 * where a namespace is called like a kind and both have one.
 */
export function resolveWorkload(cluster: Cluster, from: string, namespace: string): NonNullable<Target['from']> {
  const alive = cluster.pods.filter((pod) => pod.phase === 'Running' && !pod.terminating);
  const readings = readingsOf(from, namespace);
  const found = readings
    .map((reading) => ({ ...reading, pods: alive.filter((pod) => isMeant(pod, reading)) }))
    .filter(({ pods }) => pods.length > 0);
  const [first, other] = found;
  if (first === undefined) throw noWorkload(from, readings, { cluster, alive, namespace });
  if (other !== undefined && other.namespace !== first.namespace) {
    throw new UserError(
      `${from} is ${first.kind} ${first.namespace}/${first.name}, and ${first.name} in namespace ${other.namespace}`,
      { hint: `write ${first.namespace}/${first.name}, or ${from} with -n ${other.namespace}` },
    );
  }
  const pods = first.pods.map((pod) => ({ namespace: pod.namespace, name: pod.name }));
  return { namespace: first.namespace, workload: first.name, pods };
}

/** As kubectl reads it first. */
function readingsOf(from: string, namespace: string): Reading[] {
  const parts = from.split('/');
  const [word, name = ''] = parts.length > 1 ? parts : [namespace, from];
  if (word === undefined || word === '' || name === '' || parts.length > 2) {
    throw new UserError(`"${from}" is not a workload`, {
      hint: 'write NAMESPACE/NAME of a Deployment, StatefulSet, DaemonSet or pod, or deploy/NAME, pod/NAME and the like',
    });
  }
  const kind = parts.length > 1 ? kindCalled(word) : null;
  return [...(isWorkload(kind) ? [{ namespace, name, kind }] : []), { namespace: word, name, kind: null }];
}

function isMeant(pod: Pod, { namespace, name, kind }: Reading): boolean {
  if (pod.namespace !== namespace) return false;
  return kind === null ? workloadNames(pod).includes(name) : nameAs(pod, kind) === name;
}
