/** What there is of a scheduled sweep before, and beside, what an installation makes. */
import type { ApiObject, ClusterClient, Resource } from '../api/cluster-client.ts';
import { CONTROL_NAMESPACE } from '../place/names.ts';
import { KINDS } from './kinds.ts';
import { SWEEP } from './names.ts';
import type { SweepInstallation } from './sweep-manifests.ts';

const SECRETS: Resource = { group: '', version: 'v1', plural: 'secrets', namespaced: true };

/** Whether a sweep is scheduled already. Who may not look is taken to know of none. */
export async function hasSweep(client: ClusterClient): Promise<boolean> {
  const got = await client.get(KINDS.CronJob, { namespace: CONTROL_NAMESPACE, name: SWEEP });
  return got.ok;
}

/** A line for each Secret that the sweep names and that is known not to exist: it is for the user to make. No Secret is read: one that could be made is not there. */
export async function missingSecrets(
  client: ClusterClient,
  { environmentSecrets, pull }: Pick<SweepInstallation, 'environmentSecrets' | 'pull'>,
): Promise<string[]> {
  const remarks = [
    ...environmentSecrets.map((name) => ({ name, make: `generic ${name} --from-literal=VARIABLE=VALUE` })),
    ...pull.secrets.map((name) => ({
      name,
      make: `docker-registry ${name} --docker-server=REGISTRY --docker-username=USER --docker-password=PASSWORD`,
    })),
  ].map(async ({ name, make }) => {
    const tried = await client.create(SECRETS, empty(name), { dryRun: true });
    if (!tried.ok) return [];
    return [
      `Secret ${CONTROL_NAMESPACE}/${name} does not exist yet: kubectl create secret -n ${CONTROL_NAMESPACE} ${make}`,
    ];
  });
  return (await Promise.all(remarks)).flat();
}

function empty(name: string): ApiObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: CONTROL_NAMESPACE } };
}
