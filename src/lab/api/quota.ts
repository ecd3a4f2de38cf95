/** ResourceQuota, as far as counts of objects go (`pods`, `count/configmaps`…); amounts of CPU and memory are not metered. */
import type { Store } from '../model.ts';
import { qualifiedName, type Resource } from './resources.ts';

type Draft = Record<string, any>;

/** Why one more object would exceed a quota of its namespace, in admission's words; null when it would not. */
export function quotaProblem(resource: Resource, draft: Draft, store: Store): string | null {
  const namespace: string = draft['metadata'].namespace;
  const names = [resource.plural, `count/${qualifiedName(resource)}`];
  for (const quota of store.list('resourcequotas')) {
    if (quota.metadata.namespace !== namespace) continue;
    for (const [name, limit] of Object.entries<string | number>(quota['spec']?.hard ?? {})) {
      const unmet = names.includes(name)
        ? countProblem(resource, { namespace, limit: Number(limit), store })
        : missing(resource, name, draft);
      if (unmet === null) continue;
      return unmet === 'missing'
        ? `failed quota: ${quota.metadata.name}: must specify ${name} for: ${firstContainer(draft)}`
        : `exceeded quota: ${quota.metadata.name}, requested: ${name}=1, used: ${name}=${unmet}, limited: ${name}=${limit}`;
    }
  }
  return null;
}

function countProblem(resource: Resource, about: { namespace: string; limit: number; store: Store }): number | null {
  const used = about.store.list(resource.plural).filter((object) => {
    const phase = object['status']?.phase;
    const hasEnded = resource.plural === 'pods' && (phase === 'Succeeded' || phase === 'Failed');
    return object.metadata.namespace === about.namespace && !hasEnded;
  }).length;
  return used + 1 > about.limit ? used : null;
}

/** A quota over an amount makes every container state it. */
function missing(resource: Resource, name: string, draft: Draft): 'missing' | null {
  const [, side = 'requests', amount] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(name) ?? [];
  if (resource.plural !== 'pods' || amount === undefined) return null;
  const isStated = (draft['spec'].containers as Draft[]).every((container) => {
    const { requests, limits } = container['resources'] ?? {};
    return side === 'limits' ? limits?.[amount] !== undefined : (requests?.[amount] ?? limits?.[amount]) !== undefined;
  });
  return isStated ? null : 'missing';
}

function firstContainer(draft: Draft): string {
  return String(draft['spec'].containers[0]?.name);
}
