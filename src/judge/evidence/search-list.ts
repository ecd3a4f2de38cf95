/** What the search list of a resolv.conf makes of one name: which names are asked for, one after the other, until one exists. */
import type { Hello } from '../../../probes/wire.ts';

type Resolver = Pick<Hello['resolver'], 'search' | 'options'>;

/** Without the option, and the most that glibc takes (resolv.conf(5)). */
const USUAL_NDOTS = 1;
const MOST_NDOTS = 15;
/** A and AAAA, as getaddrinfo asks for both families at once. */
const QUESTIONS_PER_NAME = 2;

/** Full names in the order in which glibc tries them; the last one is the name as it is, unless it has enough dots to come first. */
export function candidatesOf(name: string, resolver: Resolver): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = resolver.search.map((domain) => `${name}.${domain.replace(/\.$/u, '')}`);
  const dots = name.split('.').length - 1;
  return dots >= ndotsOf(resolver) ? [name, ...searched] : [...searched, name];
}

/** How many questions a lookup of this name sends where all are answered: a Service written `name.namespace.svc` is found on the way, any other name last. */
export function questionsOf(name: string, resolver: Resolver): number {
  const candidates = candidatesOf(name, resolver);
  const domain = clusterDomainOf(resolver);
  const position = name.endsWith('.svc') && domain !== null ? candidates.indexOf(`${name}.${domain}`) : -1;
  return QUESTIONS_PER_NAME * (position === -1 ? candidates.length : position + 1);
}

/** The domain of the cluster's own names, as the kubelet writes it into the search list (`shop.svc.cluster.local`, `svc.cluster.local`); null where it is not there. */
function clusterDomainOf({ search }: Resolver): string | null {
  return search.flatMap((domain) => /^(?:[^.]+\.)?svc\.(.+)$/u.exec(domain)?.[1] ?? [])[0] ?? null;
}

/** Whether a domain of the search list is the cluster's own. */
export function isOfCluster(domain: string, search: readonly string[]): boolean {
  const own = clusterDomainOf({ search, options: [] });
  return own !== null && (domain === own || domain.endsWith(`.${own}`));
}

export function ndotsOf({ options }: Resolver): number {
  const text = options.find((each) => each.startsWith('ndots:'))?.slice('ndots:'.length);
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 ? Math.min(value, MOST_NDOTS) : USUAL_NDOTS;
}
