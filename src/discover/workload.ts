/** `--from NAMESPACE/WORKLOAD` → its running pods, found through who owns them. */
import type { Cluster, Pod } from '../model/cluster.ts';
import type { Target } from '../model/target.ts';
import { UserError } from '../model/user-error.ts';
import { suggest } from '../model/nearest.ts';
import { assertNamespace } from './namespaces.ts';
import { assertRead } from './unread.ts';

/** Throws UserError where no such workload has a running pod. */
export function resolveWorkload(cluster: Cluster, from: string, defaultNamespace: string): NonNullable<Target['from']> {
  const parts = from.split('/');
  const name = parts.at(-1) ?? '';
  const namespace = parts.length > 1 ? (parts[0] ?? '') : defaultNamespace;
  if (name === '' || namespace === '' || parts.length > 2) {
    throw new UserError(`"${from}" is not a workload`, {
      hint: 'write --from NAMESPACE/NAME of a Deployment, StatefulSet, DaemonSet or pod',
    });
  }
  const alive = cluster.pods.filter((pod) => pod.phase === 'Running' && !pod.terminating);
  const pods = alive.filter((pod) => pod.namespace === namespace && workloadNames(pod).includes(name));
  if (pods.length === 0) {
    assertRead(cluster, 'pods', `Workload ${namespace}/${name}`);
    const namesakes = alive.filter((pod) => workloadNames(pod).includes(name)).map((pod) => pod.namespace);
    assertNamespace(cluster, namespace, `workload ${name}`, namesakes);
    const known = alive.flatMap((pod) => `${pod.namespace}/${workloadOf(pod)}`);
    throw new UserError(`No workload ${namespace}/${name} has a running pod`, {
      hint: suggest(`${namespace}/${name}`, known, 'no pod runs at all'),
    });
  }
  return { namespace, workload: name, pods: pods.map((pod) => ({ namespace: pod.namespace, name: pod.name })) };
}

/** The names by which a pod's workload may be called: its own, its owner's, that of the owner's owner. */
export function workloadNames(pod: Pod): string[] {
  return [pod.name, workloadOf(pod), ...(pod.owner === null ? [] : [pod.owner.name])];
}

/** A ReplicaSet of a Deployment is named after it and the hash of its template, which its pods carry as a label. */
function workloadOf(pod: Pod): string {
  if (pod.owner === null) return pod.name;
  const suffix = `-${pod.labels['pod-template-hash'] ?? ''}`;
  const isDeployments = pod.owner.kind === 'ReplicaSet' && suffix.length > 1 && pod.owner.name.endsWith(suffix);
  return isDeployments ? pod.owner.name.slice(0, -suffix.length) : pod.owner.name;
}
