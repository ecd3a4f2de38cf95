/** Which kinds of objects could not be listed: conclusions from their absence are forbidden. */
import type { Cluster, Limitation } from './cluster.ts';

/** The first limitation about one of these kinds, by their names in the API: `pods`, `networkpolicies`. null: all were listed. */
export function unreadOf({ unread }: Pick<Cluster, 'unread'>, ...resources: readonly string[]): Limitation | null {
  return unread.find(({ subject }) => subject?.kind === 'resource' && resources.includes(subject.resource)) ?? null;
}

export function isUnread(cluster: Pick<Cluster, 'unread'>, ...resources: readonly string[]): boolean {
  return unreadOf(cluster, ...resources) !== null;
}
