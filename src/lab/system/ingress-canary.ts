/** Canary Ingresses by weight, as ingress-nginx has them (docs/user-guide/nginx-configuration/annotations.md, "Canary"). Pure. */
import type { KubeObject } from '../model.ts';
import { annotationOf } from './ingress-annotation.ts';

interface Led {
  readonly ingress: KubeObject;
  readonly host: string;
  readonly path: string;
  readonly upstream: string;
}

export interface Split<L extends Led> {
  /** Locations that are no canary's; one that shares its requests leads to a variable. */
  readonly locations: readonly L[];
  /** Directives of `http { }`: what those variables are. */
  readonly directives: readonly string[];
}

/** The canary of the same host and path gets its share of whole requests. */
export function withCanaries<L extends Led>(all: readonly L[]): Split<L> {
  const canaries = all.filter(isCanary);
  const directives: string[] = [];
  const locations = all
    .filter((each) => !isCanary(each))
    .map((location): L => {
      const canary = canaries.find(({ host, path }) => host === location.host && path === location.path);
      const percent = canary === undefined ? 0 : weightOf(canary);
      if (canary === undefined || percent === 0) return location;
      const variable = `$canary_${directives.length}`;
      directives.push(
        `split_clients "$request_id" ${variable} { ${percent}% ${canary.upstream}; * ${location.upstream}; }`,
      );
      return { ...location, upstream: variable };
    });
  return { locations, directives };
}

function isCanary({ ingress }: Led): boolean {
  return annotationOf(ingress, 'canary') === 'true';
}

/** Percent, 0 to 100; anything else is nothing. */
function weightOf({ ingress }: Led): number {
  const text = annotationOf(ingress, 'canary-weight');
  return /^\d{1,3}$/u.test(text) ? Math.min(100, Number(text)) : 0;
}
