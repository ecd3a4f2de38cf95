/** What the application would do on a path. */
import ipaddr from 'ipaddr.js';
import type { Where } from '../../probes/wire.ts';
import type { Probe } from '../model/plan.ts';
import type { Target } from '../model/target.ts';

/** An HTTP request, or a bare connect where nothing is known of the protocol. */
export function application(target: Target, where: { address: string; port: number }): Probe {
  // A name that this machine does not resolve is looked up by the vantage.
  const { address, port } = where;
  const to: Where = !ipaddr.isValid(address) ? { name: address, port } : { address, port };
  if (target.scheme === 'tcp') return { kind: 'tcp', to, echo: false, bytes: 0 };
  const isProxied = isEntry(target, where);
  if (!isProxied && target.upstream === 'tcp') return { kind: 'tcp', to, echo: false, bytes: 0 };
  const isTls = isProxied ? target.scheme === 'https' : isTlsBehind(target);
  return { kind: 'http', to, tls: isTls, host: target.host ?? literal(address), path: target.path };
}

function isEntry(
  { entries, otherEntries = [] }: Target,
  { address, port }: { address: string; port: number },
): boolean {
  return [...entries, ...otherEntries].some((entry) => entry.address === address && entry.port === port);
}

/** Through a TLSRoute it is the endpoints that speak TLS; any other proxy ends it, and may begin it anew. */
function isTlsBehind({ kind, route, scheme, upstream }: Target): boolean {
  const isPassed = kind !== 'ingress' || route?.kind === 'TLSRoute';
  return isPassed ? scheme === 'https' : upstream === 'https';
}

/** As a URL has it, and so the header Host (RFC 9110, 7.2). */
function literal(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
