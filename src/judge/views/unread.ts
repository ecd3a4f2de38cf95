/** Which kinds of objects could not be listed: conclusions from their absence are forbidden. */
import type { Cluster } from '../../model/cluster.ts';

/** `resources` in the API's words: `pods`, `networkpolicies`. */
export function isUnread({ unread }: Cluster, ...resources: readonly string[]): boolean {
  return unread.some(({ subject }) => subject?.kind === 'resource' && resources.includes(subject.resource));
}
