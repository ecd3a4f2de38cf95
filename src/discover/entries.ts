/** Where a client meets the ingress: addresses and ports of its proxies, and those that are published for it. */
import ipaddr from 'ipaddr.js';
import type { Cluster, IngressController, Pod, Route, Service } from '../model/cluster.ts';
import type { Entry, Target } from '../model/target.ts';
import { listensAtPods } from './implementations.ts';
import { selects } from './selects.ts';

type EntryName = NonNullable<Target['entryNames']>[number];

export interface EntryQuestion {
  readonly cluster: Cluster;
  readonly route: Route;
  readonly controller: IngressController | null;
  readonly scheme: 'http' | 'https';
  /** The port that the user wrote; null: the scheme's own. */
  readonly port: number | null;
}

/**
 * Each proxy pod where it listens (its node for hostNetwork and hostPort, else its own address), then the published
 * addresses and those of its Service that are not among these already.
 */
export function findEntries({ cluster, route, controller, scheme, port }: EntryQuestion): Entry[] {
  const wanted = route.listenerPorts?.[scheme] ?? (scheme === 'https' ? 443 : 80);
  const usual = port ?? wanted;
  const pods = podsOf(cluster, controller);
  const services = cluster.services.filter((service) => pods.some((pod) => selects(service, pod)));
  const known = scheme === 'https' ? (controller?.httpsPort ?? 443) : (controller?.httpPort ?? 80);
  const listening = listenerAtPods(services, pods, route.listenerPorts?.[scheme]) ?? known;
  const entries = [
    ...(listensAtPods(controller?.implementation ?? '') ? pods.flatMap((pod) => atPod(pod, listening, port)) : []),
    ...published(route.publishedAddresses, usual, cluster),
    ...services.flatMap((service) => published(service.externalAddresses, usual, cluster)),
    ...(pods.some((pod) => isOnNode(pod, listening))
      ? []
      : nodePorts(cluster, { services, pods, wanted, asked: port })),
  ];
  const unique = new Map<string, Entry>();
  for (const entry of entries) {
    const key = `${entry.address} ${entry.port}`;
    if (!unique.has(key)) unique.set(key, entry);
  }
  return [...unique.values()];
}

/** Clients that try one family first go through these, then through the others: they are judged beside each other. */
export function byFamily(all: Target['entries']): Pick<Target, 'entries' | 'otherEntries'> {
  const [first] = all;
  const isOther = ({ address }: Target['entries'][number]) => address.includes(':') !== first?.address.includes(':');
  const others = all.filter(isOther);
  return others.length === 0
    ? { entries: all }
    : { entries: all.filter((entry) => !isOther(entry)), otherEntries: others };
}

/** Names that are published in place of addresses, as load balancers of AWS are. */
export function findEntryNames({ cluster, route, controller, scheme, port }: EntryQuestion): EntryName[] {
  const pods = podsOf(cluster, controller);
  const services = cluster.services.filter((service) => pods.some((pod) => selects(service, pod)));
  const all = [...route.publishedAddresses, ...services.flatMap(({ externalAddresses }) => externalAddresses)];
  const usual = port ?? route.listenerPorts?.[scheme] ?? (scheme === 'https' ? 443 : 80);
  return [...new Set(all)].filter((each) => !ipaddr.isValid(each)).map((name) => ({ name, port: usual }));
}

/** Where proxies listen for a Gateway's listener: the target of that port of the Service in front of them. null: not known. */
function listenerAtPods(services: readonly Service[], pods: readonly Pod[], port: number | undefined): number | null {
  const target = services.flatMap(({ ports }) => ports).find((each) => each.port === port)?.targetPort;
  if (typeof target !== 'string') return target ?? null;
  return pods.flatMap((pod) => pod.ports).find(({ name }) => name === target)?.port ?? null;
}

function podsOf(cluster: Cluster, controller: IngressController | null): Pod[] {
  const names = new Set(controller?.pods.map(({ namespace, name }) => `${namespace}/${name}`));
  return cluster.pods.filter((pod) => names.has(`${pod.namespace}/${pod.name}`));
}

function isOnNode(pod: Pod, listening: number): boolean {
  return pod.hostNetwork || pod.ports.some(({ port, hostPort }) => port === listening && hostPort !== undefined);
}

/** hostPort leads to the node's address, which for a hostNetwork pod is the pod's own. */
function atPod(pod: Pod, listening: number, asked: number | null): Entry[] {
  const [address] = pod.addresses;
  if (address === undefined) return [];
  const hostPort = pod.ports.find(({ port }) => port === listening)?.hostPort;
  const name = { namespace: pod.namespace, name: pod.name };
  const port = pod.hostNetwork ? (asked ?? listening) : listening;
  if (pod.hostNetwork || hostPort === undefined) return [{ address, port, node: pod.node, pod: name }];
  return pod.hostAddress === undefined ? [] : [{ address: pod.hostAddress, port: hostPort, node: pod.node, pod: name }];
}

/** Only literal addresses: a load balancer's name would first have to be looked up. */
function published(addresses: readonly string[], port: number, cluster: Cluster): Entry[] {
  const internal = new Set(cluster.services.flatMap(({ clusterIps }) => clusterIps));
  return addresses
    .filter((address) => ipaddr.isValid(address) && !internal.has(address))
    .map((address) => {
      const node = cluster.nodes.find((each) => each.addresses.includes(address))?.name ?? null;
      return { address, port, node, pod: null };
    });
}

interface NodePortQuestion {
  readonly services: readonly Service[];
  /** The proxies. */
  readonly pods: readonly Pod[];
  /** The port of the Service. */
  readonly wanted: number;
  readonly asked: number | null;
}

/** What is left to outside clients where neither a proxy stands on a node nor a load balancer is published. */
function nodePorts(cluster: Cluster, { services, pods, wanted, asked }: NodePortQuestion): Entry[] {
  return services.flatMap((service) => {
    const port = service.ports.find(
      (each) => each.nodePort !== null && (each.nodePort === asked || each.port === wanted),
    );
    if (port === undefined || port.nodePort === null) return [];
    const { nodePort } = port;
    return cluster.nodes
      .filter(
        ({ ready, name }) =>
          ready && (service.externalTrafficPolicy !== 'Local' || destinationTwins(pods, service, name)),
      )
      .flatMap(({ name, addresses }) =>
        addresses.slice(0, 1).map((address) => ({ address, port: nodePort, node: name, pod: null })),
      );
  });
}

/** With `externalTrafficPolicy: Local` a node without a pod of the Service drops what comes to its port. */
function destinationTwins(pods: readonly Pod[], service: Service, node: string): boolean {
  return pods.some((pod) => pod.node === node && selects(service, pod));
}
