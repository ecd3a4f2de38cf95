/** The addresses of a host outside the cluster, as this machine resolves it; probes ask by literal address. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Cluster } from '../model/cluster.ts';
import type { Backend, Target } from '../model/target.ts';

/** All addresses of a name, in the order in which a client would try them; rejects where there is none. */
export type Lookup = (name: string) => Promise<readonly { readonly address: string }[]>;

const lookupAll: Lookup = (name) => lookup(name, { all: true });

/**
 * Targets that are no outside host come back as they are. A name that this machine does not resolve stays as it is: probes
 * look it up where they stand. Of a name with addresses of both families the first is asked that pods have as well, and the other beside it
 * where they have that too.
 */
export async function withAddresses(target: Target, { pods }: Cluster, look: Lookup = lookupAll): Promise<Target> {
  if (target.kind !== 'external') return target;
  const families = new Set(pods.flatMap(({ addresses }) => addresses).map((address) => isIP(address)));
  const found = await Promise.all(target.direct.map((far) => addressed(far, families, look)));
  const others = found.flatMap(({ other }) => (other === null ? [] : [other]));
  return {
    ...target,
    direct: found.map(({ first }) => first),
    ...(others.length === 0 ? {} : { otherDirect: others }),
  };
}

/** `families`: 4 and 6, as `isIP` tells them. */
async function addressed(
  far: Backend,
  families: ReadonlySet<number>,
  look: Lookup,
): Promise<{ first: Backend; other: Backend | null }> {
  if (isIP(far.address) !== 0) return { first: far, other: null };
  const found = (await look(far.address).catch(() => [])).map(({ address }) => address);
  const usable = found.filter((address) => families.has(isIP(address)));
  const first = usable.find((address) => isIP(address) === 4) ?? usable[0] ?? found[0];
  if (first === undefined) return { first: far, other: null };
  const other = usable.find((address) => isIP(address) !== isIP(first));
  return { first: { ...far, address: first }, other: other === undefined ? null : { ...far, address: other } };
}
