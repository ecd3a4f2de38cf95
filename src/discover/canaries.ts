/**
 * Canary Ingresses of ingress-nginx: a second Ingress of the same host and path, to whose Service a part of the requests goes
 * (docs/user-guide/nginx-configuration/annotations.md, "Canary"). Read as shares of one rule, which is what they are. Pure.
 */
import type { Route } from '../model/cluster.ts';
import { INGRESS_NGINX } from '../model/ingress-nginx.ts';

const CANARY = `${INGRESS_NGINX}/canary`;
const USUAL_TOTAL = 100;

/** Of one Ingress; `canaryOf` is told by `withCanaries`, for it takes all of them. A canary for a header or cookie alone is met by no plain GET. */
export function annotatedCanary(
  annotations: Readonly<Record<string, string>>,
): Pick<Route, 'canary' | 'isConditional'> {
  if (annotations[CANARY] !== 'true') return {};
  const [weight, total] = [whole(annotations[`${CANARY}-weight`]), whole(annotations[`${CANARY}-weight-total`])];
  const canary = { weight: weight ?? 0, total: total ?? USUAL_TOTAL, of: null };
  return canary.weight === 0 ? { canary, isConditional: true } : { canary };
}

/** Each canary knows whose it is, and both have their weights; one without an Ingress to stand in for is met by nobody. */
export function withCanaries(routes: readonly Route[]): Route[] {
  const canaries = routes.filter(({ canary }) => canary !== undefined);
  if (canaries.length === 0) return [...routes];
  const isPair = (one: Route, other: Route) =>
    one.kind === other.kind && one.className === other.className && one.host === other.host && one.path === other.path;
  return routes.map((route): Route => {
    const { canary } = route;
    if (canary === undefined) {
      const own = canaries.find((each) => isPair(each, route))?.canary;
      return own === undefined ? route : { ...route, weight: Math.max(0, own.total - own.weight) };
    }
    const main = routes.find((each) => each.canary === undefined && isPair(each, route));
    if (main === undefined) return { ...route, isConditional: true };
    return {
      ...route,
      weight: canary.weight,
      canary: { ...canary, of: { namespace: main.namespace, name: main.name } },
    };
  });
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,6}\s*$/u.test(text) ? Number(text) : null;
}
