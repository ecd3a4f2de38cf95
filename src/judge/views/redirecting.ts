/** Who redirects, and where users are then. */
import type { Limitation } from '../../model/cluster.ts';
import { count } from '../../model/format.ts';
import type { Finding } from '../../model/verdict.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { deadEnds, isNobody, placesOf } from '../evidence/redirects.ts';
import type { Place } from '../evidence/redirects.ts';
import { ownerOf } from './owner.ts';

const MOST_ATTEMPTS = 10;

export function straightContrast(evidence: Evidence): Contrast {
  const direct = directOf(evidence);
  const redirecting = direct.filter(isRedirecting);
  return {
    label: 'Straight',
    holds: direct.length === 0 ? null : true,
    says:
      redirecting.length > 0
        ? `the endpoints redirect the same request by themselves (${redirecting.length} of ${direct.length} paths)`
        : 'the endpoints answer the same request without a redirect: the proxy redirects',
    attempts: direct.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
    settles: 'Send the same request straight to an endpoint.',
  };
}

export const BROWSER: Contrast = {
  label: 'Browser',
  holds: null,
  says: '',
  attempts: [],
  settles: 'Follow it as clients do, from where they are: curl -sIL --max-redirs 20, with the headers that they send.',
};

/** The workload whose endpoints redirect, else the route. */
export function redirectingObject(evidence: Evidence): Finding['object'] {
  const redirecting = directOf(evidence).filter(isRedirecting);
  const { route } = evidence.target;
  return redirecting.length > 0 || route === null ? ownerOf(evidence, redirecting) : route;
}

/** Those of a user all of whose answers lead to where nobody is. */
export function deadPathsOf({ paths }: Place, evidence: Evidence): PathEvidence[] {
  const isDeadEnd = deadEnds(evidence.paths);
  return paths.filter((path) => path.answered.some(({ sample }) => isDeadEnd(path, sample)));
}

/** Places that only vantages looked at who need not reach what users do, and found nobody. */
export function redirectLimits(evidence: Evidence): Limitation[] {
  return placesOf(evidence)
    .filter((place) => deadPathsOf(place, evidence).length === 0)
    .flatMap(({ name, fates }) => {
      const inVain = [...fates.values()].filter(isNobody).length;
      if (inVain === 0 && fates.size > 0) return [];
      const because =
        fates.size === 0
          ? 'no vantage could tell'
          : `${inVain} of ${count(fates.size, 'vantage')} inside the cluster found nobody there, which users may`;
      return [{ what: `whether anybody is at ${name}, where every answer leads`, because }];
    });
}

function isRedirecting({ answered }: PathEvidence): boolean {
  return answered.every(({ sample: { http } }) => http !== null && http.status >= 300 && http.status < 400);
}

function directOf({ paths }: Evidence): PathEvidence[] {
  return paths.filter(({ path, answered }) => path.to.kind === 'backend' && answered.length > 0);
}
