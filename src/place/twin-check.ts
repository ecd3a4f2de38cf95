/** Reads what could count a twin in its namespace, and says which twins must not be made. */
import type { ClusterClient, Resource } from '../api/cluster-client.ts';
import { RESOURCES } from '../api/resources.ts';
import { readPod, readService } from '../discover/workloads.ts';
import { workloadNames } from '../discover/workload-names.ts';
import type { Service } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import { twinObjection } from './twin-objection.ts';

/** Agent id → why it must not be made. */
export async function objectionsToTwins(client: ClusterClient, agents: readonly Agent[]): Promise<Map<string, string>> {
  const twins = agents.filter(({ kind }) => kind === 'twin');
  const namespaces = [...new Set(twins.map(({ identity }) => identity.namespace))];
  const read = new Map(
    await Promise.all(namespaces.map(async (each) => [each, await countersOf(client, each)] as const)),
  );
  const objections = new Map<string, string>();
  await Promise.all(
    twins.map(async (twin) => {
      const here = read.get(twin.identity.namespace);
      if (here === undefined) return;
      const workloads = twin.of === null ? [] : await namesOf(client, twin.of);
      const objection =
        here.services === null
          ? `may not list services in namespace ${twin.identity.namespace}, and one might send clients to it`
          : twinObjection({ identity: twin.identity, workloads, services: here.services, counters: here });
      if (objection !== null) objections.set(twin.id, objection);
    }),
  );
  return objections;
}

async function countersOf(client: ClusterClient, namespace: string) {
  const list = async (resource: Resource) => {
    const listed = await client.list(resource, { namespace });
    // The API server does not know the kind: nobody can count by it.
    if (!listed.ok) return listed.problem.status === 404 ? [] : null;
    return listed.value;
  };
  const [budgets, autoscalers, services] = await Promise.all([
    list(RESOURCES.podDisruptionBudgets),
    list(RESOURCES.autoscalers),
    list(RESOURCES.services),
  ]);
  const readable = services?.map(readService).filter((each): each is Service => each !== null) ?? null;
  return { budgets: budgets ?? null, autoscalers: autoscalers ?? null, services: readable };
}

async function namesOf(client: ClusterClient, of: NonNullable<Agent['of']>): Promise<string[]> {
  const got = await client.get(RESOURCES.pods, of);
  const pod = got.ok ? readPod(got.value) : null;
  return pod === null ? [] : workloadNames(pod);
}
