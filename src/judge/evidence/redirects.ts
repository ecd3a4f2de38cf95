/** Places that answers send their clients to, and who found nobody there. */
import type { Redirect, RedirectFate, Sample } from '../../../probes/wire.ts';
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence } from './evidence.ts';

export type Nobody = Exclude<RedirectFate, 'taken'>;

/** Scheme, host and port, as they are typed: the port only where it is not the usual one. */
export function placeName({ tls, host, port }: Omit<Redirect, 'fate'>): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'https' : 'http'}://${shown}${port === (tls ? 443 : 80) ? '' : `:${port}`}`;
}

/**
 * Whether an answer leads its client to where nobody is. Users are where this machine is, or the client that was named, and only they can say so of
 * another host: nodes need not reach what users do. Of the host that was asked anybody can, and of an address that is always the client's own.
 */
export function deadEnds(paths: readonly PathEvidence[]): (path: PathEvidence, sample: Sample) => boolean {
  const fates = fatesOf(paths);
  return (path, { http }) => {
    const redirect = http?.redirect;
    if (redirect === undefined) return false;
    const fate = fates.get(keyOf(path, redirect)) ?? null;
    return isNobody(fate) && (fate === 'own-machine' || isUser(path) || isAskedHost(path, redirect));
  };
}

export interface Place {
  readonly name: string;
  readonly isAskedHost: boolean;
  /** What vantages that know found there, by their ids. */
  readonly fates: ReadonlyMap<string, RedirectFate>;
  /** Paths of users all of whose answers lead there. */
  readonly paths: readonly PathEvidence[];
}

export const placesOf = derived((evidence: Evidence): readonly Place[] => {
  const fates = fatesOf(evidence.paths);
  const leading = evidence.paths.flatMap((path) => {
    const redirect = onlyRedirectOf(path);
    return path.path.userFacing && redirect !== null ? [{ path, redirect, name: placeName(redirect) }] : [];
  });
  return [...Map.groupBy(leading, ({ name }) => name)].map(([name, own]) => ({
    name,
    isAskedHost: own.every(({ path, redirect }) => isAskedHost(path, redirect)),
    fates: new Map(
      own.flatMap(({ path, redirect }) => {
        const fate = fates.get(keyOf(path, redirect));
        return fate === undefined ? [] : [[path.from.id, fate] as const];
      }),
    ),
    paths: own.map(({ path }) => path),
  }));
});

export function isNobody(fate: RedirectFate | null): fate is Nobody {
  return fate !== null && fate !== 'taken';
}

/** All answers lead to one place; null: they do not, or there are none. */
function onlyRedirectOf({ answered }: PathEvidence): Redirect | null {
  const redirects = answered.map(({ sample }) => sample.http?.redirect ?? null);
  const [first] = redirects;
  if (first === undefined || first === null) return null;
  return redirects.every((each) => each !== null && placeName(each) === placeName(first)) ? first : null;
}

/** A vantage looks while its first answer is told, and knows with the next. */
function fatesOf(paths: readonly PathEvidence[]): ReadonlyMap<string, RedirectFate> {
  const fates = new Map<string, RedirectFate>();
  for (const path of paths) {
    for (const { sample } of path.answered) {
      const redirect = sample.http?.redirect;
      if (redirect !== undefined && redirect.fate !== null) fates.set(keyOf(path, redirect), redirect.fate);
    }
  }
  return fates;
}

/** Two entries may be two places of one name. */
function keyOf(path: PathEvidence, redirect: Redirect): string {
  const at = isAskedHost(path, redirect) && 'address' in path.path.to ? path.path.to.address : '';
  return `${path.from.id} ${placeName(redirect)} ${at}`;
}

function isUser({ from }: PathEvidence): boolean {
  return from.kind === 'local' || from.kind === 'twin' || from.kind === 'inside';
}

function isAskedHost({ path: { probe } }: PathEvidence, { host }: Redirect): boolean {
  return probe.kind === 'http' && probe.host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') === host;
}
