/** What could not be read does not count as absent. Pure. */
import type { Cluster } from '../model/cluster.ts';
import { unreadOf } from '../model/unread.ts';
import { UserError } from '../model/user-error.ts';

/** Throws UserError, with the reason, where objects of this kind (plural, as in the API) could not be listed. */
export function assertRead(cluster: Cluster, plural: string, wanted: string): void {
  const limitation = unreadOf(cluster, plural);
  if (limitation === null) return;
  throw new UserError(`${wanted} cannot be looked up`, { hint: `${plural}: ${limitation.because}` });
}
