/** Which nodes a label selector means, by the API server's own reading of it. */
import { UserError } from '../model/user-error.ts';
import type { ClusterClient } from '../api/cluster-client.ts';
import { labelsOf, nameOf } from '../api/fields.ts';
import { suggest } from '../model/nearest.ts';
import { RESOURCES } from '../api/resources.ts';

/** Throws UserError where the selector cannot be read, may not be asked, or means no node. */
export async function selectNodes(client: ClusterClient, selector: string): Promise<ReadonlySet<string>> {
  const selected = await client.list(RESOURCES.nodes, { labelSelector: selector });
  if (!selected.ok) {
    const { status, message } = selected.problem;
    const hint =
      status === 400
        ? "for example --nodes topology.kubernetes.io/zone=a, or --nodes 'pool in (web, db)'"
        : 'kprobe doctor shows the rights that a run needs';
    throw new UserError(`--nodes ${selector}: ${message}`, { hint });
  }
  const names = new Set(selected.value.flatMap((node) => nameOf(node)?.name ?? []));
  if (names.size > 0) return names;
  const all = await client.list(RESOURCES.nodes);
  const labels = (all.ok ? all.value : []).flatMap((node) =>
    Object.entries(labelsOf(node)).map(([key, value]) => `${key}=${value}`),
  );
  throw new UserError(`--nodes ${selector} means no node`, { hint: suggest(selector, labels, 'no node has a label') });
}
