/** FROM and TO:PORT of `kprobe trace` → who sends the packets, and where they go. Pure. */
import { isIP } from 'node:net';
import { named } from '../model/named.ts';
import { suggest } from '../model/nearest.ts';
import type { Cluster, Pod } from '../model/cluster.ts';
import type { Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { UserError } from '../model/user-error.ts';
import { isWorkload } from './kinds.ts';
import { assertRead } from './unread.ts';
import { resolveTarget } from './target.ts';
import { readObject, readTarget, type WrittenObject } from './target-input.ts';
import { resolveWorkload } from './workload.ts';

/** Where packets start: on a node's own network, or with the identity of a pod of it. */
export interface FlowSource {
  readonly node: string;
  readonly pod: Pod | null;
}

export interface FlowEnd {
  readonly to: Extract<Destination, { port: number } & { address: string }>;
  readonly protocol: 'tcp' | 'udp';
}

const FROM_HINT =
  'FROM is a node, a pod or workload, or a label of pods: worker-1, shop/checkout, pod/web-1, deploy/checkout, app=web';
/** A pod by namespace and name where a target has its kind: `shop/web-1:8080`. */
const NAMED_POD = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)\/([a-z0-9]([-.a-z0-9]*[a-z0-9])?):(\d+)$/u;

/** Throws UserError. `namespace`: of names without one. */
export function flowSource(input: string, cluster: Cluster, namespace: string): FlowSource {
  const source = sourceOf(input.trim(), cluster, namespace);
  const node = cluster.nodes.find(({ name }) => name === source.node);
  if (node?.ready === false)
    throw new UserError(`Node ${source.node} is not Ready, so nothing can start there`, { hint: 'kubectl get nodes' });
  return source;
}

function sourceOf(input: string, cluster: Cluster, namespace: string): FlowSource {
  if (input.includes('=')) return standingOn(podWith(input, cluster, namespace), input);
  const object = readObject(input);
  if (object?.kind === 'Node') return onNode(object.name, cluster, namespace);
  if (input.includes('/')) {
    const [name] = resolveWorkload(cluster, input, namespace).pods;
    return standingOn(named(cluster.pods, name), input);
  }
  return onNode(input, cluster, namespace);
}

function onNode(input: string, cluster: Cluster, namespace: string): FlowSource {
  if (cluster.nodes.some(({ name }) => name === input)) return { node: input, pod: null };
  const near = nearestNode(input, cluster);
  const isPod = named(cluster.pods, { namespace, name: input }) !== null;
  throw new UserError(`There is no node ${input}`, {
    hint: isPod ? `for the pod: ${namespace}/${input}` : `${near}; ${FROM_HINT}`,
  });
}

function nearestNode(input: string, cluster: Cluster): string {
  assertRead(cluster, 'nodes', `Node ${input}`);
  const known = cluster.nodes.map(({ name }) => name);
  return suggest(input, known, 'no node can be seen');
}

function standingOn(pod: Pod | null, input: string): FlowSource {
  const node = pod?.node ?? null;
  if (pod === null || node === null) throw new UserError(`${input} runs on no node`, { hint: FROM_HINT });
  return { node, pod: pod.hostNetwork ? null : pod };
}

/** The first running pod with all of these labels (`app=web,tier=front`, or `NAMESPACE/app=web`). */
function podWith(input: string, cluster: Cluster, namespace: string): Pod {
  const [, space = namespace, text = ''] = /^(?:([^/=]+)\/(?=[^=]*=))?(.*)$/u.exec(input) ?? [];
  const labels = text.split(',').map((each) => each.split(/==?/u, 2).map((part) => part.trim()));
  const has = (pod: Pod) => labels.every(([key = '', value]) => pod.labels[key] === value);
  const running = cluster.pods.filter((pod) => pod.phase === 'Running' && !pod.terminating);
  const found = running.find((pod) => pod.namespace === space && has(pod));
  if (found !== undefined) return found;
  assertRead(cluster, 'pods', `Pods with ${text}`);
  const elsewhere = running.find(has);
  const known = running
    .filter((pod) => pod.namespace === space)
    .flatMap((pod) => Object.entries(pod.labels).map(([key, value]) => `${key}=${value}`));
  throw new UserError(`No pod with ${text} runs in namespace ${space}`, {
    hint:
      elsewhere === undefined
        ? suggest(text, known, 'no pod there has a label')
        : `there is one in namespace ${elsewhere.namespace}: -n ${elsewhere.namespace}`,
  });
}

/** Throws UserError. */
export function flowTarget(input: string, cluster: Cluster, namespace: string): Target {
  const object = readObject(input);
  if (object?.kind === 'Node') return nodeTarget(object, cluster);
  if (object !== null && object.kind !== 'Pod' && isWorkload(object.kind))
    return workloadTarget(input, cluster, namespace);
  const [, space, , name, , port] = NAMED_POD.exec(input) ?? [];
  const isTarget = object?.kind === 'Service' || object?.kind === 'Pod';
  const isPod = !isTarget && space !== undefined && cluster.pods.some((pod) => pod.namespace === space);
  if (isPod) return resolveTarget(`pod/${name}:${port}`, cluster, { namespace: space, from: null });
  const asked = readTarget(input);
  // A host outside is asked for with its port, which says enough.
  const text = asked.kind === 'host' && asked.scheme === null ? `http://${input}` : input;
  return resolveTarget(text, cluster, { namespace, from: null });
}

/** One of its pods. */
function workloadTarget(input: string, cluster: Cluster, namespace: string): Target {
  const [, workload = '', port = ''] = /^([^:]*)(.*)$/u.exec(input) ?? [];
  const [pod] = resolveWorkload(cluster, workload, namespace).pods;
  return resolveTarget(`pod/${pod?.name}${port}`, cluster, { namespace: pod?.namespace ?? namespace, from: null });
}

function nodeTarget({ name, port }: WrittenObject, cluster: Cluster): Target {
  const node = cluster.nodes.find((each) => each.name === name);
  if (node === undefined) throw new UserError(`There is no node ${name}`, { hint: nearestNode(name, cluster) });
  const [address] = node.addresses;
  if (address === undefined) throw new UserError(`Node ${name} has no address`);
  if (port === null)
    throw new UserError(`Node ${name} is asked for without a port`, { hint: `write node/${name}:PORT` });
  const written = isIP(address) === 6 ? `[${address}]` : address;
  return resolveTarget(`${written}:${port}`, cluster, { namespace: '', from: null });
}

/** `protocol`: null, as the Service's port says, else TCP. Throws UserError where packets have nowhere to go. */
export function flowEnd(target: Target, protocol: 'tcp' | 'udp' | null): FlowEnd {
  const to = destinationOf(target);
  return { to, protocol: protocol ?? (target.service?.protocol === 'UDP' ? 'udp' : 'tcp') };
}

function destinationOf({ input, service, direct, entries }: Target): FlowEnd['to'] {
  const [entry] = entries;
  if (entry !== undefined) return { kind: 'entry', address: entry.address, port: entry.port, node: entry.node };
  if (service !== null && service.clusterIp !== null) {
    const { namespace, name, clusterIp: address, port } = service;
    return { kind: 'service', namespace, name, address, port };
  }
  const [far] = [...(service?.backends ?? []), ...direct];
  if (far === undefined)
    throw new UserError(`There is no address behind ${input}`, { hint: 'kprobe diagnose says why' });
  const { address, port, node, pod } = far;
  const isOutside = node === null && pod === null;
  if (isOutside || isIP(address) === 0) return { kind: 'external', address, port };
  return { kind: 'backend', address, port, node, pod };
}
