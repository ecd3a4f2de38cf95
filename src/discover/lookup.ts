/** The addresses of a host outside the cluster, and of load balancers that are published by name, as this machine resolves them; probes ask by literal address. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Cluster } from '../model/cluster.ts';
import type { Backend, Target } from '../model/target.ts';
import { byFamily } from './entries.ts';

/** All addresses of a name, in the order in which a client would try them; rejects where there is none. */
export type Lookup = (name: string) => Promise<readonly { readonly address: string }[]>;

const lookupAll: Lookup = (name) => lookup(name, { all: true });

/**
 * Targets that are no outside host come back as they are. A name that this machine does not resolve stays as it is: probes
 * look it up where they stand. Of a name with addresses of both families the first is asked that pods have as well, and the other beside it
 * where they have that too.
 */
export async function withAddresses(target: Target, { pods }: Cluster, look: Lookup = lookupAll): Promise<Target> {
  if (target.kind === 'ingress') return withPublishedNames(target, look);
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

/** A load balancer has an address in each zone, and they behave alike. */
const MOST_ADDRESSES = 2;
/** What a name leads to where it is no load balancer: Docker Desktop and its like publish `localhost`. */
const OWN_RANGES = new Set(['loopback', 'unspecified', 'linkLocal']);

/** Names that lead nowhere stay, to be told. */
async function withPublishedNames(target: Target, look: Lookup): Promise<Target> {
  const { entryNames = [], ...rest } = target;
  if (entryNames.length === 0) return target;
  const found = await Promise.all(
    entryNames.map(async ({ name, port }) => {
      const all = (await look(name).catch(() => [])).map(({ address }) => address);
      const usable = all.filter((address) => ipaddr.isValid(address) && !OWN_RANGES.has(ipaddr.parse(address).range()));
      const entries = usable.slice(0, MOST_ADDRESSES).map((address) => ({ address, port, node: null, pod: null }));
      return { name, port, entries, isKnown: all.length > 0 };
    }),
  );
  const known = [...target.entries, ...(target.otherEntries ?? [])];
  const more = found
    .flatMap(({ entries }) => entries)
    .filter(({ address }) => !known.some((each) => each.address === address));
  const unknown = found.flatMap(({ name, port, isKnown }) => (isKnown ? [] : [{ name, port }]));
  const { otherEntries: _, ...bare } = rest;
  return { ...bare, ...byFamily([...known, ...more]), ...(unknown.length === 0 ? {} : { entryNames: unknown }) };
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
