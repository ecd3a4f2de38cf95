/** In what single replicas of DNS and ingress differ from their siblings. Pure. */
import type { DnsOddity } from './programs/dns-oddity.ts';
import type { KubeObject } from './model.ts';
import type { CertificateRequest } from './network/certificate.ts';

/** By the replica's host name. */
export interface Oddities {
  readonly dns: ReadonlyMap<string, DnsOddity>;
  /** Hosts of Ingresses that it has not loaded. */
  readonly forgottenHosts: ReadonlyMap<string, readonly string[]>;
  /** What it presents instead of the certificate of all. */
  readonly certificates: ReadonlyMap<string, OtherCertificate>;
  /** Addresses that it still dials as endpoints of a Service. */
  readonly keptUpstreams: ReadonlyMap<string, readonly KeptUpstream[]>;
}

export interface OtherCertificate extends Pick<CertificateRequest, 'issuer' | 'isLogged'> {
  readonly subject: string;
  readonly names: readonly string[];
  /** From today, and until. */
  readonly days: readonly [number, number];
}

export interface KeptUpstream {
  readonly namespace: string;
  readonly service: string;
  readonly address: string;
}

export const NO_ODDITIES: Oddities = {
  dns: new Map(),
  forgottenHosts: new Map(),
  certificates: new Map(),
  keptUpstreams: new Map(),
};

/** Where a replica finds what is meant for it alone; the shims know this form as well. */
export function ownFile(file: string, hostname: string): string {
  return `${file}.of-${hostname}`;
}

/** The Ingresses as someone knows them who has never heard of these hosts. */
export function withoutHosts(ingresses: readonly KubeObject[], hosts: readonly string[]): KubeObject[] {
  return ingresses.map((ingress) => {
    const rules: { host?: string }[] = ingress['spec']?.rules ?? [];
    const known = rules.filter(({ host }) => host === undefined || !hosts.includes(host));
    return { ...ingress, spec: { ...ingress['spec'], rules: known } };
  });
}

/** The same of HTTPRoutes: one that is left without a host is not known at all. */
export function withoutHostnames(routes: readonly KubeObject[], hosts: readonly string[]): KubeObject[] {
  return routes.flatMap((route) => {
    const own: string[] = route['spec']?.hostnames ?? [];
    const known = own.filter((host) => !hosts.includes(host));
    return own.length > 0 && known.length === 0 ? [] : [{ ...route, spec: { ...route['spec'], hostnames: known } }];
  });
}

/** The EndpointSlices as someone knows them who has not heard that these addresses are gone. */
export function withUpstreams(slices: readonly KubeObject[], kept: readonly KeptUpstream[]): KubeObject[] {
  return slices.map((slice) => {
    const own = kept.filter(
      ({ namespace, service }) =>
        slice.metadata.namespace === namespace && slice.metadata.labels?.['kubernetes.io/service-name'] === service,
    );
    const gone = own.map(({ address }) => ({ addresses: [address], conditions: { ready: true } }));
    return gone.length === 0 ? slice : { ...slice, endpoints: [...(slice['endpoints'] ?? []), ...gone] };
  });
}
