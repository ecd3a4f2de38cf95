/** The address of a host outside the cluster, as this machine resolves it; probes ask by literal address. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Backend, Target } from '../model/target.ts';

/** One address of a name; rejects where there is none. */
export type Lookup = (name: string) => Promise<{ readonly address: string }>;

/**
 * Targets that are no outside host come back as they are. A name that this machine does not resolve stays as it is: probes
 * look it up where they stand.
 */
export async function withAddresses(target: Target, look: Lookup = lookup): Promise<Target> {
  if (target.kind !== 'external') return target;
  const found = await Promise.all(target.direct.map((far) => addressed(far, look)));
  return { ...target, direct: found };
}

async function addressed(far: Backend, look: Lookup): Promise<Backend> {
  if (isIP(far.address) !== 0) return far;
  const found = await look(far.address).catch(() => null);
  return found === null ? far : { ...far, address: found.address };
}
