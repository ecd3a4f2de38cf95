/** Flows that the objects themselves ask for: from the proxies of an Ingress to the pods behind its Service. */
import type { Cluster, NetworkPolicy, Node, Pod, Route, Service, ServicePort } from '../model/cluster.ts';
import { derived } from '../judge/derived.ts';
import { evaluateFlow, type FlowVerdict } from '../judge/policy/evaluate.ts';
import { wouldMatchAsPod } from '../judge/policy/intent.ts';
import { typesOf } from '../judge/policy/policy-answer.ts';
import { hostAddresses } from '../judge/policy/host-addresses.ts';
import type { Party } from '../judge/policy/party.ts';
import { stableLabels } from '../judge/policy/manifest.ts';
import { type Group, type Material, partyOfGroup } from './material.ts';
import { selectedIn } from './selection.ts';

/** Who asks, as policies see it. */
export interface Client {
  /** e.g. `the pods of class nginx`. */
  readonly who: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
  /** Where it runs; empty where that is not known. */
  readonly nodes: readonly string[];
}

export interface Flow {
  readonly client: Client;
  readonly group: Group;
  /** The container's port. */
  readonly port: number;
  readonly service: Service;
  readonly route: Route;
}

/** Of every route whose proxies and pods are known: one a port of a workload. */
export const routeFlows = derived((material: Material): readonly Flow[] => {
  const { cluster } = material;
  const clients = new Map(cluster.controllers.map((each) => [each.className, clientsOf(cluster, each)]));
  const seen = new Set<string>();
  return cluster.routes.flatMap((route) => {
    const service = serviceOf(material, route);
    const port = service === null ? null : portOfRoute(service, route);
    if (service === null || port === null) return [];
    return groupsBehind(material, service)
      .filter(({ hostNetwork }) => !hostNetwork)
      .flatMap((group) =>
        (clients.get(route.className ?? '') ?? []).flatMap((client) => {
          const number = targetOf(port, group);
          const key = JSON.stringify([client.who, group.namespace, group.workload, group.labels, number, service.name]);
          if (number === null || seen.has(key)) return [];
          seen.add(key);
          return [{ client, group, port: number, service, route }];
        }),
      );
  });
});

/** The proxies of one class, those on the host network and the others. */
function clientsOf(cluster: Cluster, { className, pods }: Cluster['controllers'][number]): Client[] {
  const named = new Set(pods.map(({ namespace, name }) => `${namespace}/${name}`));
  const found = cluster.pods.filter(({ namespace, name }) => named.has(`${namespace}/${name}`));
  return [
    ...Map.groupBy(found, (pod: Pod) =>
      JSON.stringify([pod.namespace, stableLabels(pod.labels), pod.hostNetwork]),
    ).values(),
  ].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { namespace, labels, hostNetwork } = first;
    const nodes = [...new Set(own.flatMap(({ node }) => node ?? []))].toSorted();
    return [{ who: `the ingress of class ${className}`, namespace, labels: stableLabels(labels), hostNetwork, nodes }];
  });
}

const servicesByName = derived(
  ({ cluster }: Material) => new Map(cluster.services.map((each) => [`${each.namespace}/${each.name}`, each])),
);

/** null: it does not exist, as far as is known. */
export function serviceOf(material: Material, route: Route): Service | null {
  return servicesByName(material).get(`${route.serviceNamespace}/${route.service}`) ?? null;
}

/** Pods that a Service selects; none for one without a selector. */
export function groupsBehind(material: Material, { namespace, selector }: Service): readonly Group[] {
  if (Object.keys(selector).length === 0) return [];
  return selectedIn(material, namespace, { matchLabels: selector });
}

/** An Ingress may write the number of a port as a name, and then means the name. */
export function portOfRoute({ ports }: Service, { port }: Route): ServicePort | null {
  return ports.find((each) => each.port === port || each.name === port) ?? null;
}

/** The container's port behind a Service's; null where it has a name that the pods do not know. */
export function targetOf({ targetPort, protocol }: ServicePort, { ports }: Group): number | null {
  if (typeof targetPort === 'number') return targetPort;
  return ports.find((each) => each.name === targetPort && each.protocol === protocol)?.port ?? null;
}

/** A client on the host network whose node is not known stands on one of its own. */
const ITS_NODE = 'of the client';

/** What policies say of a client on each of its nodes, towards pods on others. */
export function verdictsOf(
  material: Material,
  { client, group, port }: Pick<Flow, 'client' | 'group' | 'port'>,
): readonly { readonly node: string | null; readonly verdict: FlowVerdict }[] {
  const cluster = material.clusterFor(group.namespace);
  const facts = new Map<string, Node>(cluster.nodes.map((node) => [node.name, node]));
  const ask = (from: Party) =>
    evaluateFlow({ cluster: ingressOnly(cluster), from, to: partyOfGroup(group), port, protocol: 'TCP' });
  if (!client.hostNetwork) {
    const { namespace, labels } = client;
    return [{ node: null, verdict: ask({ kind: 'pod', namespace, labels, addresses: [], node: null, ports: [] }) }];
  }
  if (client.nodes.length === 0)
    return [{ node: null, verdict: ask({ kind: 'host', node: ITS_NODE, addresses: [], runsAs: 'other' }) }];
  return client.nodes.map((name) => {
    const node = facts.get(name);
    const addresses = node === undefined ? [] : hostAddresses(cluster, node);
    return { node: name, verdict: ask({ kind: 'host', node: name, addresses, runsAs: 'other' }) };
  });
}

/** Only what concerns who comes in: whether a client in this namespace may go out is another question. */
const ingressOnly = derived((cluster: Cluster): Cluster => ({
  ...cluster,
  networkPolicies: cluster.networkPolicies
    .filter((policy) => typesOf(policy).includes('ingress'))
    .map(({ spec: { egress: _egress, ...spec }, ...named }) => ({
      ...named,
      spec: { ...spec, policyTypes: ['Ingress'] },
    })),
}));

/** Whether a policy would admit the client of this flow if it were an ordinary pod: its author meant it. */
export function isMeant(
  material: Material,
  policy: NetworkPolicy,
  { client, group, port }: Pick<Flow, 'client' | 'group' | 'port'>,
): boolean {
  const cluster = material.clusterFor(group.namespace);
  return wouldMatchAsPod(policy, client, { cluster, to: partyOfGroup(group), port, protocol: 'TCP' });
}
