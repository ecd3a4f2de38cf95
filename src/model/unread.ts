/** What could not be read does not count as absent. Pure. */
import type { Cluster, Gap } from './cluster.ts';

/** The limitation about objects of this kind (`Gap.subject`); null: they were read. */
export function unreadOf({ unread }: Pick<Cluster, 'unread'>, resource: string): Gap | null {
  return unread.find(({ subject }) => subject?.kind === 'resource' && subject.resource === resource) ?? null;
}
