/** The status that the controller of a Gateway writes into an HTTPRoute. Pure. */
import type { KubeObject } from '../model.ts';
import type { Condition } from './gateway-routes.ts';
import { GATEWAY_CONTROLLER } from './ingress.ts';

/** The lab's clock plays no part in it. */
const WHEN = '1970-01-01T00:00:00Z';

/** Of a Gateway whose proxies run, and of its class. */
export const SERVED = { conditions: ['Accepted', 'Programmed'].map((type) => condition(type)) };
export const CLASS_ACCEPTED = { conditions: [condition('Accepted')] };

function condition(type: string): object {
  return { type, status: 'True', reason: type, message: '', lastTransitionTime: WHEN };
}

export function statusOf(route: KubeObject, conditions: readonly Condition[]): { readonly parents: readonly object[] } {
  const parents: readonly object[] = route['spec']?.parentRefs ?? [];
  return {
    parents: parents.map((parentRef) => ({
      parentRef,
      controllerName: GATEWAY_CONTROLLER,
      conditions: conditions.map((each) => ({ ...each, lastTransitionTime: WHEN })),
    })),
  };
}
