/** Why nothing runs under the name of a client, and what to write instead. Pure. */
import type { Cluster, Pod } from '../model/cluster.ts';
import { named } from '../model/named.ts';
import { suggest } from '../model/nearest.ts';
import { isUnread } from '../model/unread.ts';
import { UserError } from '../model/user-error.ts';
import { kindCalled, wordFor, WORKLOADS, type WorkloadKind } from './kinds.ts';
import { assertNamespace } from './namespaces.ts';
import { selects } from './selects.ts';
import { assertRead } from './unread.ts';
import { nameAs, workloadNames, workloadOf } from './workload-names.ts';

/** What is asked for, if this is how it was meant. */
export interface Reading {
  readonly namespace: string;
  readonly name: string;
  /** null: of any kind. */
  readonly kind: WorkloadKind | null;
}

export interface Known {
  readonly cluster: Cluster;
  /** Of names without one. */
  readonly namespace: string;
  /** Pods that run. */
  readonly alive: readonly Pod[];
}

/** `readings`: at least one. Also throws it, where what would tell could not be read. */
export function noWorkload(from: string, readings: readonly Reading[], known: Known): UserError {
  const { cluster, alive } = known;
  const [{ namespace, name, kind } = { namespace: '', name: from, kind: null }] = readings;
  assertRead(cluster, 'pods', `Workload ${kind === null ? `${namespace}/${name}` : from}`);
  if (kind !== null) return noneOfKind({ namespace, name, kind }, known);
  const other = from.includes('/') ? kindCalled(namespace) : null;
  if (other !== null && !isNamespace(namespace, cluster)) return noClient(from, { kind: other, name }, known);
  const namesakes = alive.filter((pod) => workloadNames(pod).includes(name)).map((pod) => pod.namespace);
  assertNamespace(cluster, namespace, `workload ${name}`, namesakes);
  const all = alive.map((pod) => `${pod.namespace}/${workloadOf(pod)}`);
  return new UserError(`No workload ${namespace}/${name} has a running pod`, {
    hint: suggest(`${namespace}/${name}`, all, 'no pod runs at all'),
  });
}

function noneOfKind(
  { namespace, name, kind }: Reading & { readonly kind: WorkloadKind },
  { cluster, alive }: Known,
): UserError {
  const namesakes = alive.filter((pod) => nameAs(pod, kind) === name).map((pod) => pod.namespace);
  assertNamespace(cluster, namespace, `${kind === 'Pod' ? 'pod' : kind} ${name}`, namesakes);
  const says =
    kind === 'Pod' ? `No pod ${namespace}/${name} runs` : `No ${kind} ${namespace}/${name} has a running pod`;
  const [elsewhere] = namesakes;
  if (elsewhere !== undefined)
    return new UserError(says, { hint: `there is one in namespace ${elsewhere}: -n ${elsewhere}` });
  const here = alive.filter((pod) => pod.namespace === namespace);
  const other = WORKLOADS.find((each) => here.some((pod) => nameAs(pod, each) === name));
  if (other !== undefined) return new UserError(says, { hint: `did you mean ${wordFor(other)}/${name}?` });
  const asked = `${wordFor(kind)}/${name}`;
  const all = here.flatMap((pod) => nameAs(pod, kind) ?? []).map((each) => `${wordFor(kind)}/${each}`);
  return new UserError(says, { hint: suggest(asked, all, `none runs in namespace ${namespace}`) });
}

/** A Service, a route: something that no pod is, and no namespace is called. */
function noClient(from: string, { kind, name }: { kind: string; name: string }, known: Known): UserError {
  const { cluster, alive, namespace } = known;
  const service = kind === 'Service' ? named(cluster.services, { namespace, name }) : null;
  const behind = service === null ? undefined : alive.find((pod) => selects(service, pod));
  return new UserError(`${from} is a ${kind}, not a client`, {
    hint:
      behind === undefined
        ? 'a client is a pod or workload that runs: pod/NAME, deploy/NAME, job/NAME, NAMESPACE/NAME'
        : `behind it is ${behind.namespace}/${workloadOf(behind)}`,
  });
}

/** Where none is known, none was read. */
function isNamespace(word: string, cluster: Cluster): boolean {
  const { namespaces } = cluster;
  return isUnread(cluster, 'namespaces') || namespaces.length === 0 || namespaces.some(({ name }) => name === word);
}
