/**
 * kube-proxy, in nftables mode (a table of its own, chains `service-HASH-NAMESPACE/NAME/PROTOCOL/PORT`), in iptables mode (chains KUBE-…, the
 * Service in the comment) and what its IPVS mode keeps in iptables. Sources: kubernetes pkg/proxy/{nftables,iptables,ipvs}, and rulesets of the
 * real thing (1.34).
 */
import type { ObjectName, Service } from '../../model/cluster.ts';
import { count } from '../../model/format.ts';
import { addressIn, commentOf, portIn, translationIn } from './rule-text.ts';
import { hasPort, readyEndpoints, serviceAt, serviceNamed } from './services.ts';
import type { Asked } from './services.ts';
import { rejects, stops } from './way.ts';
import type { Ownership, Way, Writer } from './way.ts';

type Told = Omit<Ownership, 'program'>;

/** kube-router's chains begin alike; its writer is asked first. */
const IPTABLES_CHAIN =
  /^KUBE-(?:SERVICES|EXTERNAL-SERVICES|NODEPORTS?(?:-.*)?|NODE-PORT(?:-.*)?|FORWARD|FIREWALL|PROXY-FIREWALL|PROXY-CANARY|KUBELET-CANARY|IPTABLES-HINT|POSTROUTING|MARK-(?:MASQ|DROP)|(?:SVC|SVL|EXT|SEP|FW|XLB)-[A-Z2-7]+|IPVS-.*|LOAD-BALANCER.*|LOADBALANCER.*|SOURCE-RANGES-FIREWALL|CLUSTER-IP)$/;

export const kubeProxy: Writer = {
  program: 'kube-proxy',
  wrote: ({ table, chain }) => table === 'kube-proxy' || IPTABLES_CHAIN.test(chain),
  read: (way) => (way.last.table === 'kube-proxy' ? readNftables(way) : readIptables(way)),
};

function readNftables(way: Way): Told {
  const { chain } = way.last;
  switch (chain) {
    case 'reject-chain':
      return noEndpoints(way, serviceAsked(way));
    case 'service-endpoints-check':
    case 'nodeport-endpoints-check':
      return noLocalEndpoints(way, serviceAsked(way));
    case 'cluster-ips-check':
      return rejects(way.last) ? wrongPort(way, serviceAsked(way)) : noService(way, serviceAsked(way));
    default:
      if (!stops(way.last)) return translation(serviceOfChain(way, chain) ?? serviceTranslated(way));
      return chain.startsWith('firewall-')
        ? sourceRange(serviceOfChain(way, chain) ?? serviceAsked(way))
        : readByMatch(way);
  }
}

/** Where the chain's name does not say it: the Service whose address the packet had, if this very rule translates it. */
function serviceTranslated(way: Way): ObjectName | null {
  return translationIn(way.last.rule ?? '') === null ? null : serviceAsked({ ...way, last: { ...way.last, rule: '' } });
}

/** A chain of another version: what the rule asks for tells what it is for. Without a port it is for what no Service's port has taken. */
function readByMatch(way: Way): Told {
  const service = serviceAsked(way);
  if (portIn(way.last.rule ?? '') !== null) {
    return rejects(way.last) ? noEndpoints(way, service) : noLocalEndpoints(way, service);
  }
  return rejects(way.last) ? wrongPort(way, service) : noService(way, service);
}

function readIptables(way: Way): Told {
  const { chain, rule = '' } = way.last;
  const service = serviceInComment(way) ?? serviceAsked(way);
  if (chain === 'KUBE-FIREWALL') return markedToDrop(way, service) ?? loopbackGuard();
  if (chain === 'KUBE-IPVS-FILTER') return wrongPort(way, service);
  if (/^KUBE-(?:PROXY|SOURCE-RANGES)-FIREWALL$/.test(chain)) return sourceRange(service);
  if (!stops(way.last)) return translation(service);
  if (/invalid/i.test(rule)) return invalidState();
  if (rejects(way.last)) return noEndpoints(way, service);
  return noLocalEndpoints(way, service);
}

/** Older versions only mark what is to be dropped; which chain did tells why. null: nothing was marked. */
function markedToDrop(way: Way, service: ObjectName | null): Told | null {
  const marking = way.steps.findLast(({ target }) => target === 'KUBE-MARK-DROP');
  if (marking === undefined) return null;
  return marking.chain.startsWith('KUBE-FW-') ? sourceRange(service) : noLocalEndpoints(way, service);
}

function noEndpoints({ cluster }: Way, service: ObjectName | null): Told {
  const ready = service === null ? null : readyEndpoints(cluster, service);
  const isStale = ready !== null && ready > 0;
  return about(service, {
    reason: 'no-endpoints',
    isStale,
    means: isStale
      ? `this node takes ${nameOf(service)} for one without endpoints, and the API has ${count(ready, 'ready endpoint')} of it`
      : `${nameOf(service)} has no ready endpoint`,
  });
}

function noLocalEndpoints({ cluster, flow }: Way, service: ObjectName | null): Told {
  const ready = service === null || flow === null ? null : readyEndpoints(cluster, service, flow.node);
  const isStale = ready !== null && ready > 0;
  return about(service, {
    reason: 'no-local-endpoints',
    isStale,
    means: isStale
      ? `this node takes ${nameOf(service)} for one without endpoints here, and the API has ${count(ready, 'ready endpoint')} of it on ${flow?.node}`
      : `${nameOf(service)} keeps this traffic on the node that it came to, and has no ready endpoint there`,
  });
}

function wrongPort(way: Way, service: ObjectName | null): Told {
  const asked = askedOf(way);
  const known = service === null ? null : serviceNamed(way.cluster, service);
  const isStale = known !== null && asked !== null && hasPort(known, asked);
  const port = asked?.port ?? null;
  return about(service, {
    reason: 'wrong-port',
    isStale,
    means: isStale
      ? `this node does not know port ${port} of ${nameOf(service)}, which the API has`
      : `${nameOf(service)} has no port ${port === null ? 'that was asked for' : port}`,
  });
}

function noService(way: Way, service: ObjectName | null): Told {
  const address = askedOf(way)?.address ?? 'the address';
  return about(service, {
    reason: 'no-service',
    isStale: service !== null,
    means:
      service === null
        ? `${address} is in the range of Service addresses and belongs to no Service`
        : `this node does not know the address of ${nameOf(service)}, which the API has`,
  });
}

function sourceRange(service: ObjectName | null): Told {
  const means = `loadBalancerSourceRanges of ${nameOf(service)} leave this client out`;
  return about(service, { reason: 'source-range', isStale: false, means });
}

function loopbackGuard(): Told {
  const means = 'nothing from outside the node may reach 127.0.0.0/8 (a guard of kubelet and kube-proxy)';
  return { reason: 'loopback-guard', isStale: false, means };
}

function invalidState(): Told {
  const means = 'connection tracking cannot place the packet (state INVALID), and such packets are not forwarded';
  return { reason: 'invalid-state', isStale: false, means };
}

function translation(service: ObjectName | null): Told {
  const means =
    service === null ? 'it translates Service addresses, or lets the packet on' : `it translates ${nameOf(service)}`;
  return about(service, { reason: 'passes', isStale: false, means });
}

function about(service: ObjectName | null, told: Told): Told {
  if (service === null) return told;
  return { object: { kind: 'Service', namespace: service.namespace, name: service.name }, ...told };
}

function nameOf(service: ObjectName | null): string {
  return service === null ? 'a Service' : `Service ${service.namespace}/${service.name}`;
}

const NFTABLES_CHAIN = /^(?:service|external|local|endpoint|firewall)-[A-Z2-7]{8}-([^/]+)\/([^/]+)\//;

/** A name that is too long is cut at its end, where `...` stands then: what is left of it may still fit one Service only. */
export function serviceOfChain({ cluster }: Pick<Way, 'cluster'>, chain: string): ObjectName | null {
  const [, namespace, name] = NFTABLES_CHAIN.exec(chain) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  const cut = /^[a-z]+-[A-Z2-7]{8}-(.+)\.\.\.$/.exec(chain)?.[1];
  if (cut === undefined) return null;
  const [only, ...others] = cluster.services.filter((each) => `${each.namespace}/${each.name}/`.startsWith(cut));
  return only === undefined || others.length > 0 ? null : { namespace: only.namespace, name: only.name };
}

/** `shop/web:http has no endpoints`, `shop/web:http cluster IP`; of the rule that decided, or the nearest before it. */
function serviceInComment({ steps }: Way): ObjectName | null {
  for (const { rule = '' } of steps.toReversed()) {
    const [, namespace, name] = /^([a-z0-9-]+)\/([a-z0-9-]+)(?::\S*)?(?=\s|$)/.exec(commentOf(rule) ?? '') ?? [];
    if (namespace !== undefined && name !== undefined) return { namespace, name };
  }
  return null;
}

/** By what the deciding rule asks of the packet, or else by where the packet wanted to go. */
function serviceAsked(way: Way): ObjectName | null {
  const asked = askedOf(way);
  const service: Service | null = asked === null ? null : serviceAt(way.cluster, asked);
  return service === null ? null : { namespace: service.namespace, name: service.name };
}

/** The rules that look for Services without endpoints stand before any translation, or where none took place. */
function askedOf({ last: { rule = '' }, flow }: Way): Asked | null {
  const port = portIn(rule);
  const protocol = /\budp\b/.test(rule) ? 'udp' : 'tcp';
  if (port !== null) return { address: addressIn(rule, 'daddr'), port, protocol };
  if (flow === null) return null;
  return { address: flow.destination, port: flow.destinationPort, protocol: flow.protocol };
}
