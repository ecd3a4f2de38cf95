/** A name that is looked for where there is no namespace: then that is the mistake. Pure. */
import type { Cluster } from '../model/cluster.ts';
import { suggest } from '../model/nearest.ts';
import { isUnread } from '../model/unread.ts';
import { UserError } from '../model/user-error.ts';

/**
 * Throws UserError where this one does not exist, with the namespaces that have what was looked for there (`having`), or else the nearest names.
 * Every cluster has namespaces: where none is known, none was read.
 */
export function assertNamespace(cluster: Cluster, namespace: string, what: string, having: readonly string[]): void {
  const names = cluster.namespaces.map(({ name }) => name);
  if (names.length === 0 || names.includes(namespace) || isUnread(cluster, 'namespaces')) return;
  const [only, ...more] = new Set(having);
  throw new UserError(`There is no namespace ${namespace}, so no ${what} in it`, {
    hint:
      only !== undefined && more.length === 0
        ? `there is one in namespace ${only}`
        : suggest(namespace, only === undefined ? names : having, ''),
  });
}
