/** Pods that lost their readiness since the cluster was read: until they have it again, Services and proxies send them nothing. Pure. */
import type { ApiObject } from '../api/cluster-client.ts';
import { nameOf } from '../api/fields.ts';
import { conditionOf } from '../discover/workloads.ts';
import type { Pod } from '../model/cluster.ts';
import type { Relapse } from '../model/recording.ts';

/** `before` are the pods as they were read first, `objects` as they are now. */
export function relapsesIn(objects: readonly ApiObject[], before: readonly Pod[], seenAt: number): Relapse[] {
  const byName = new Map(objects.map((object) => [nameOf(object)?.name, object]));
  return before.flatMap(({ namespace, name, ready, readySince }): Relapse[] => {
    const now = byName.get(name);
    const state = now === undefined ? null : conditionOf(now, 'Ready');
    const since = state?.since ?? null;
    if (!ready || readySince === undefined || since === null || since === readySince) return [];
    return [{ pod: { namespace, name }, readyAt: state?.status === 'True' ? since : null, seenAt }];
  });
}
