/** The faults that make replicas of the lab's own programs differ from their siblings. Pure. */
import { hostnameOf } from '../kubelet/launch.ts';
import type { KubeObject } from '../model.ts';
import { NO_ODDITY, type DnsOddity } from '../programs/dns-oddity.ts';
import type { KeptUpstream, Oddities, OtherCertificate } from '../oddities.ts';
import type { Fault } from '../scenario/fault.ts';
import type { Victims } from './fault-victims.ts';

/** Numbers of the types of DNS records (RFC 3596). */
const RECORD_TYPES = { AAAA: 28 } as const;

export function findOddities(faults: readonly Fault[], victims: Victims, pods: readonly KubeObject[]): Oddities {
  const dns = new Map<string, DnsOddity>();
  const forgottenHosts = new Map<string, readonly string[]>();
  const certificates = new Map<string, OtherCertificate>();
  const keptUpstreams = new Map<string, readonly KeptUpstream[]>();
  for (const fault of faults) {
    for (const pod of pods.filter((each) => victims.strikes(fault, each))) {
      const hostname = hostnameOf(pod, pod['spec'].nodeName);
      const known = dns.get(hostname) ?? NO_ODDITY;
      const changed = changedBy(fault, known);
      if (changed !== known) dns.set(hostname, changed);
      if (fault.kind === 'forget-hosts')
        forgottenHosts.set(hostname, [...(forgottenHosts.get(hostname) ?? []), ...fault.hosts]);
      if (fault.kind === 'other-certificate') certificates.set(hostname, fault);
      if (fault.kind === 'keep-upstream') {
        const { service, address } = fault;
        const kept = { namespace: service.namespace, service: service.name, address };
        keptUpstreams.set(hostname, [...(keptUpstreams.get(hostname) ?? []), kept]);
      }
    }
  }
  return { dns, forgottenHosts, certificates, keptUpstreams };
}

/** The same oddity where the fault is none of a DNS server. */
function changedBy(fault: Fault, odd: DnsOddity): DnsOddity {
  switch (fault.kind) {
    case 'ignore-questions':
      return { ...odd, ignoredTypes: [...odd.ignoredTypes, RECORD_TYPES[fault.type]] };
    case 'forget-names':
      return { ...odd, forgottenNames: [...odd.forgottenNames, ...fault.names] };
    case 'delay-names': {
      const slow = fault.domains.map((domain) => ({ domain, ms: fault.ms }));
      return { ...odd, slowDomains: [...odd.slowDomains, ...slow] };
    }
    case 'wildcard-domain':
      return { ...odd, wildcards: [...odd.wildcards, { domain: fault.domain, address: fault.address }] };
    case 'truncate-answers':
      return { ...odd, truncatedNames: [...odd.truncatedNames, ...fault.names] };
    case 'stale-addresses':
      return { ...odd, staleAddresses: [...odd.staleAddresses, { name: fault.name, addresses: fault.addresses }] };
    default:
      return odd;
  }
}
