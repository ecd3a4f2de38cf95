/** kprobe's own namespaces and their Pod Security levels. */
import type { ClusterClient } from '../api/cluster-client.ts';
import { labelsOf, nameOf, textAt } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import { ownNamespace } from '../place/run-config-map.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE } from '../place/names.ts';
import type { Check } from './check.ts';

const ENFORCE = 'pod-security.kubernetes.io/enforce';

/** `there`: names of the namespaces in which probes can be asked for; null where namespaces may not be listed. */
export interface Namespaces {
  readonly checks: readonly Check[];
  readonly there: readonly string[] | null;
}

export interface NamespacesWanted {
  readonly hostVantages: boolean;
  /** Somebody's namespace in which twins shall stand. */
  readonly twins: string | null;
  /** The command that installs for the present user. */
  readonly install: string;
}

export async function checkNamespaces(client: ClusterClient, wanted: NamespacesWanted): Promise<Namespaces> {
  const listed = await client.list(RESOURCES.namespaces);
  const names = [CONTROL_NAMESPACE, HOST_NAMESPACE, ...(wanted.twins === null ? [] : [wanted.twins])];
  if (!listed.ok) {
    const needed = names.filter((name) => name !== HOST_NAMESPACE || wanted.hostVantages);
    const says = `namespaces may not be listed: ${listed.problem.message}`;
    const check = (name: string): Check => ({
      section: 'namespaces',
      what: name,
      state: 'unknown',
      says,
      todo: wanted.install,
    });
    return { checks: needed.map(check), there: null };
  }
  const found = new Map(listed.value.map((object) => [nameOf(object)?.name, object]));
  const checks = await Promise.all(names.map((name) => checkOne({ client, name, object: found.get(name), wanted })));
  return { checks, there: names.filter((name) => found.has(name)) };
}

interface Question {
  readonly client: ClusterClient;
  readonly name: string;
  readonly object: unknown;
  readonly wanted: NamespacesWanted;
}

async function checkOne({ client, name, object, wanted }: Question): Promise<Check> {
  const check = { section: 'namespaces', what: name } as const;
  const isTwins = name === wanted.twins;
  if (name === HOST_NAMESPACE && !wanted.hostVantages)
    return { ...check, state: 'left-out', says: 'no vantages on the host network, as asked', todo: null };
  if (object === undefined) {
    if (isTwins) return { ...check, state: 'failed', says: 'it does not exist', todo: 'kubectl get namespaces' };
    return { ...check, ...(await missing(client, name, wanted.install)) };
  }
  if (textAt(object, 'status', 'phase') === 'Terminating')
    return {
      ...check,
      state: 'failed',
      says: 'it is being deleted',
      todo: 'wait until it is gone, then kprobe install',
    };
  const level = labelsOf(object)[ENFORCE] ?? null;
  const asked = labelsOf(ownNamespace(name))[ENFORCE];
  if (isTwins) return { ...check, state: 'ok', says: `Pod Security ${level ?? 'as the cluster has it'}`, todo: null };
  if (level === asked) return { ...check, state: 'ok', says: `Pod Security ${level}`, todo: null };
  const says =
    level === null ? `it has no Pod Security level; ${asked} is meant` : `Pod Security ${level}; ${asked} is meant`;
  return { ...check, state: 'failed', says, todo: wanted.install };
}

/** The first run makes its namespaces itself where it may. */
async function missing(
  client: ClusterClient,
  name: string,
  install: string,
): Promise<Pick<Check, 'state' | 'says' | 'todo'>> {
  const may = await client.mayI({ verb: 'create', group: '', resource: 'namespaces' });
  if (may.ok && may.value) return { state: 'ok', says: 'not there yet: the first run makes it', todo: null };
  if (name === CONTROL_NAMESPACE) return { state: 'failed', says: 'it does not exist', todo: install };
  const says = 'it does not exist: no vantages on the host network, and a hostNetwork ingress is not seen as it is';
  return { state: 'left-out', says, todo: install };
}
