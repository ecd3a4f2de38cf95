/**
 * DNS answers set against the API: the name of a Service has its ClusterIPs, that of a headless one the addresses of its endpoints. What is in
 * neither was true once.
 */
import ipaddr from 'ipaddr.js';
import type { Sample } from '../../../probes/wire.ts';
import type { Cluster } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import type { Target } from '../../model/target.ts';
import type { PathEvidence, Difference } from './evidence.ts';

/** Longer answers do not fit a datagram of 512 bytes (RFC 1035, 2.3.4), and may come cut: then what is missing tells nothing. */
const MOST_COMPLETE = 20;

interface Known {
  /** Every address that an answer may hold. */
  readonly possible: ReadonlySet<string>;
  /** Those that each answer must hold; empty where any one will do. */
  readonly needed: readonly string[];
}

/** Paths that asked for the name of the target's Service and were given other addresses than it has. */
export function outdatedAddresses(
  paths: readonly PathEvidence[],
  { service }: Pick<Target, 'service'>,
  cluster: Cluster,
): Difference[] {
  if (service === null) return [];
  const known = knownAddresses(service, cluster);
  if (known === null) return [];
  const start = `${service.name}.${service.namespace}.svc`;
  return paths.flatMap((path): Difference[] => {
    const name = nameAsked(path);
    if (name !== start && !name.startsWith(`${start}.`)) return [];
    const odd = path.answered.flatMap((attempt) => {
      const says = oddity(addressesOf(attempt.sample), known);
      return says === null ? [] : [{ attempt, says }];
    });
    const [first] = odd;
    if (first === undefined) return [];
    return [
      {
        path,
        attempts: odd.map(({ attempt }) => attempt),
        isAlways: odd.length === path.answered.length,
        says: `${first.says} for ${name}`,
      },
    ];
  });
}

function knownAddresses(service: NonNullable<Target['service']>, cluster: Cluster): Known | null {
  if (service.clusterIp === null) {
    const four = service.backends.filter(({ address }) => isFour(address));
    const ready = [...new Set(four.filter((backend) => backend.ready).map(({ address }) => address))];
    if (four.length === 0) return null;
    return { possible: new Set(four.map(({ address }) => address)), needed: ready.length > MOST_COMPLETE ? [] : ready };
  }
  const own = cluster.services.find(({ namespace, name }) => namespace === service.namespace && name === service.name);
  const addresses = (own?.clusterIps ?? [service.clusterIp]).filter(isFour);
  return addresses.length === 0 ? null : { possible: new Set(addresses), needed: [] };
}

/** null: as it should be, or nothing that can be compared. */
function oddity(answers: readonly string[], { possible, needed }: Known): string | null {
  if (answers.length === 0) return null;
  const foreign = answers.filter((address) => !possible.has(address));
  if (foreign.length > 0) return `${list(foreign, 3)}, which it does not have any more,`;
  const missing = needed.filter((address) => !answers.includes(address));
  return missing.length === 0 ? null : `nothing of ${list(missing, 3)}, which is ready,`;
}

/** IPv4 alone, for that is what every server was asked for. */
function addressesOf({ dns }: Sample): readonly string[] {
  if (dns === null || dns.truncated) return [];
  return dns.answers.filter(isFour);
}

function nameAsked({ path: { probe } }: PathEvidence): string {
  return probe.kind === 'dns' || probe.kind === 'resolver' ? probe.name : '';
}

function isFour(address: string): boolean {
  return ipaddr.IPv4.isValid(address);
}
