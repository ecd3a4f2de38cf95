/** What a Service port leads to, read from Services and EndpointSlices; shared by proxy, DNS and ingress. */
import type { Family, KubeObject } from '../model.ts';

export interface Backend {
  readonly address: string;
  readonly port: number;
  readonly node: string | null;
  readonly hostname: string | null;
}

export interface ServicePort {
  readonly name: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
  readonly nodePort: number | null;
  readonly backends: readonly Backend[];
}

/** The slices of one Service. */
export function slicesOf(service: KubeObject, slices: readonly KubeObject[]): KubeObject[] {
  const { namespace, name } = service.metadata;
  return slices.filter(
    ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
  );
}

/** Every port of a Service with the endpoints of one family that take traffic for it; null: of all. */
export function servicePorts(service: KubeObject, slices: readonly KubeObject[], family: Family | null): ServicePort[] {
  const own = slicesOf(service, slices).filter((slice) => family === null || slice['addressType'] === family);
  const ports: { name?: string; protocol?: string; port: number; nodePort?: number }[] = service['spec']?.ports ?? [];
  return ports.map((port) => ({
    name: port.name ?? '',
    protocol: protocolOf(port.protocol),
    port: port.port,
    nodePort: port.nodePort ?? null,
    backends: backendsOf(own, port.name ?? ''),
  }));
}

interface Endpoint {
  addresses: string[];
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  nodeName?: string;
  hostname?: string;
}

/** Ready endpoints; where there is none, those that end but still serve, as kube-proxy does (KEP-1669). */
function backendsOf(slices: readonly KubeObject[], portName: string): Backend[] {
  const found = slices.flatMap((slice) => {
    const port = (slice['ports'] ?? []).find((candidate: { name?: string }) => (candidate.name ?? '') === portName);
    if (typeof port?.port !== 'number') return [];
    return (slice['endpoints'] ?? []).map((endpoint: Endpoint) => ({ endpoint, port: port.port as number }));
  });
  const ready = found.filter(({ endpoint }) => endpoint.conditions?.ready !== false);
  const ending = found.filter(({ endpoint: { conditions } }) => conditions?.serving && conditions.terminating);
  const backends = (ready.length > 0 ? ready : ending).flatMap(({ endpoint, port }) =>
    endpoint.addresses.map((address: string) => ({
      address,
      port,
      node: endpoint.nodeName ?? null,
      hostname: endpoint.hostname ?? null,
    })),
  );
  // Slices may list one endpoint twice while they are rewritten.
  return [...new Map(backends.map((backend) => [`${backend.address}:${backend.port}`, backend])).values()];
}

function protocolOf(protocol: string | undefined): ServicePort['protocol'] {
  switch (protocol?.toLowerCase()) {
    case 'udp':
      return 'udp';
    case 'sctp':
      return 'sctp';
    default:
      return 'tcp';
  }
}
