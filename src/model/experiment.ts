/**
 * The experiments that a run can make: sets of paths that differ in one thing. Diagnoses name those they rest on, the plan makes
 * the paths of all that are named, the judge reads them: the noun that both share.
 */
import { z } from 'zod';

/** The one thing that differs between the arms of an experiment. */
export type Variable =
  | 'entry'
  | 'endpoint'
  | 'port'
  | 'address translation'
  | 'identity'
  | 'node'
  | 'size'
  | 'protocol'
  | 'network'
  | 'server'
  | 'record type'
  | 'name'
  | 'resolver'
  | 'family'
  | 'age';

export interface Experiment {
  readonly varies: Variable;
  /** What is compared, for people. */
  readonly says: string;
}

const all = {
  entries: { varies: 'entry', says: 'the same request through each entry, from outside and from inside' },
  'external-hosts': { varies: 'node', says: 'the same external host from each vantage' },
  endpoints: { varies: 'endpoint', says: 'the same request straight to each endpoint, from each node' },
  shares: {
    varies: 'endpoint',
    says: 'the same request straight to endpoints of the other Services that the route shares its requests with',
  },
  'unready-endpoints': {
    varies: 'network',
    says: 'pods that are not Ready, from the network of their own node, beside a probe pod there',
  },
  'declared-ports': { varies: 'port', says: 'the port that the Service sends to beside the one that its pods declare' },
  'namesake-ports': {
    varies: 'port',
    says: 'the port that the Service sends to beside the one of its pods that has the name of the port that was asked for',
  },
  'closed-ports': {
    varies: 'port',
    says: 'the port that the Service sends to beside one on which nothing listens, from the node of the endpoint',
  },
  'service-address': { varies: 'address translation', says: "the Service's address beside its endpoints' own" },
  identities: { varies: 'identity', says: 'a twin beside a control on the same node and port' },
  'replaced-sources': {
    varies: 'identity',
    says: 'the address that a node puts in place of a client outside, beside the port of a node that has an endpoint',
  },
  'node-pairs': { varies: 'node', says: 'a probe pod on each node to one on each other' },
  datagrams: { varies: 'protocol', says: 'the same node pairs by UDP' },
  'packet-sizes': { varies: 'size', says: 'the same node pairs with a small and a large answer' },
  'hello-sizes': { varies: 'size', says: 'the same TLS handshake with a ClientHello of one segment and of two' },
  'node-network': { varies: 'network', says: 'the same node pairs between the nodes themselves' },
  'dns-servers': { varies: 'server', says: 'the same question to each DNS server' },
  'dns-transports': { varies: 'protocol', says: 'the same question by UDP and by TCP' },
  'record-types': { varies: 'record type', says: 'the same name for A, for AAAA, and for both at once' },
  'kept-connections': { varies: 'age', says: 'a request on a connection that was kept idle beside fresh ones' },
  'outside-names': {
    varies: 'name',
    says: 'a name outside the cluster beside one of its own, and with and without the search list',
  },
  'client-resolution': {
    varies: 'resolver',
    says: 'the name as the client resolves it, and each nameserver of its own',
  },
  families: { varies: 'family', says: 'the same entries, Service, endpoints and probe pods by IPv4 and by IPv6' },
} as const satisfies Record<string, Experiment>;

export type ExperimentId = keyof typeof all;

export const experiments: Readonly<Record<ExperimentId, Experiment>> = all;

export const ExperimentIdShape = z.enum(Object.keys(all) as [ExperimentId, ...ExperimentId[]]);
