/** What runs left, looked for with whatever rights there are. */
import pLimit from 'p-limit';
import type { ClusterClient } from '../api/cluster-client.ts';
import { nameOf } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import { cleanup, type Cleaned, type Which } from '../place/cleanup.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE, RUN_LABEL } from '../place/names.ts';

/** Looks at once: quick, and no burden to an API server. */
const AT_ONCE = 8;
/** In more namespaces than this nobody looks one by one. */
const MOST_NAMESPACES = 500;

export interface Leftovers extends Cleaned {
  /** Where it could not be looked, in one line. */
  readonly unseen: string | null;
}

/**
 * Removes them in all namespaces. Who may not list ConfigMaps everywhere (the rights of `kprobe install` do not include it) looks
 * into one namespace after the other; where even that is refused, a run with the same rights cannot have left anything.
 */
export async function removeLeftovers(
  client: ClusterClient,
  which: Which,
  namespaces: readonly string[],
): Promise<Leftovers> {
  const everywhere = await maySee(client);
  if (everywhere) return { ...(await cleanup(client, which)), unseen: null };
  const listed = await client.list(RESOURCES.namespaces);
  const there = listed.ok ? listed.value.flatMap((each) => nameOf(each)?.name ?? []) : null;
  const first = [...namespaces, CONTROL_NAMESPACE, HOST_NAMESPACE];
  const wanted = [...new Set([...first.filter((each) => there?.includes(each) !== false), ...(there ?? [])])];
  const limit = pLimit(AT_ONCE);
  const asked = wanted.slice(0, MOST_NAMESPACES);
  const isSeen = await Promise.all(asked.map((namespace) => limit(() => maySee(client, namespace))));
  const seen = asked.filter((_, index) => isSeen[index]);
  const hidden = wanted.length - seen.length;
  const unseen =
    there === null
      ? `may not list namespaces; looked in ${seen.join(', ') || 'none'}`
      : `may not list configmaps in ${hidden} of ${wanted.length} namespaces`;
  const cleaned = seen.length === 0 ? { removed: [], limitations: [] } : await cleanup(client, which, seen);
  return { ...cleaned, unseen: there !== null && hidden === 0 ? null : unseen };
}

async function maySee(client: ClusterClient, namespace?: string): Promise<boolean> {
  const scope = namespace === undefined ? {} : { namespace };
  const listed = await client.list(RESOURCES.configMaps, { ...scope, labelSelector: RUN_LABEL, atMost: 1 });
  return listed.ok;
}
