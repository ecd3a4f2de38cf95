/** The network as kubelets need it: nodes to look up, pods to attach and detach. */
import { FIRST_POD, LAST_POD, netnsPath, podAddresses, type NodeAddresses } from './address-plan.ts';
import { attachScript, detachScript, type PodWiring } from './pod-network.ts';
import { runScript } from '../run-script.ts';
import type { Fabric, Place } from '../model.ts';

export interface AttachedPod extends Place {
  readonly uid: string;
  readonly node: NodeAddresses;
  /** When its network was there, by performance.now(). */
  readonly attachedAt: number;
}

/** Fabric, and what the makers of rules need to know of it. */
export interface LabFabric extends Fabric {
  readonly nodes: readonly NodeAddresses[];
  /** By uid. */
  readonly pods: ReadonlyMap<string, AttachedPod>;
}

export interface FabricOptions {
  readonly nodes: readonly NodeAddresses[];
  /** Of the pods' devices, bytes. */
  readonly mtu: number;
  /** Awaited before a new pod gets its network: policies and faults must cover it from its first packet. */
  readonly onAttached: () => Promise<void>;
  readonly onDetached: (netns: string) => void;
}

/** A fabric over nodes that already stand. */
export function createFabric({ nodes, mtu, onAttached, onDetached }: FabricOptions): LabFabric {
  const pods = new Map<string, AttachedPod & { readonly wiring: PodWiring }>();
  const hosts = new HostNumbers();
  let made = 0;
  const find = (name: string): NodeAddresses => {
    const node = nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`the lab has no node ${name}`);
    return node;
  };
  return {
    nodes,
    pods,
    node: (name) => {
      const node = find(name);
      return { ...node, addresses: node.stacks.map(({ address }) => address) };
    },
    async attachPod(nodeName, uid) {
      const present = pods.get(uid);
      if (present !== undefined) return present;
      const node = find(nodeName);
      const host = hosts.take(node.name);
      made += 1;
      const name = `pod_${made}`;
      const addresses = podAddresses(node, host);
      const wiring = { node, host, addresses, name, device: `veth${made}`, mtu };
      await runScript(attachScript(wiring));
      const attachedAt = performance.now();
      const pod = { uid, node, address: addresses[0] ?? '', addresses, netns: netnsPath(name), attachedAt, wiring };
      pods.set(uid, pod);
      await onAttached();
      return pod;
    },
    async detachPod(uid) {
      const pod = pods.get(uid);
      if (pod === undefined) return;
      pods.delete(uid);
      await runScript(detachScript(pod.wiring));
      hosts.free(pod.node.name, pod.wiring.host);
      onDetached(pod.netns);
    },
  };
}

/** Hands out a node's pod numbers in turn, so that an address rests as long as possible before its next use. */
class HostNumbers {
  private readonly taken = new Map<string, Set<number>>();
  private readonly last = new Map<string, number>();

  take(node: string): number {
    const taken = this.taken.get(node) ?? new Set<number>();
    this.taken.set(node, taken);
    const size = LAST_POD - FIRST_POD + 1;
    const start = (this.last.get(node) ?? FIRST_POD - 1) - FIRST_POD + 1;
    for (let step = 0; step < size; step += 1) {
      const host = FIRST_POD + ((start + step) % size);
      if (taken.has(host)) continue;
      taken.add(host);
      this.last.set(node, host);
      return host;
    }
    throw new Error(`node ${node} has no pod address left (${size} in use)`);
  }

  free(node: string, host: number): void {
    this.taken.get(node)?.delete(host);
  }
}
