/** What the parts of the lab know of each other: plain data and three small ports. */

import type { IngressProgram } from './system/ingress-program.ts';

/** A Kubernetes object as the API serves it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
    deletionTimestamp?: string;
    [key: string]: unknown;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [key: string]: any;
}

/** The API server's memory, as its in-process clients (kubelet, proxy, enforcer, DNS, ingress) see it. Resources by plural name: `pods`. */
export interface Store {
  list(resource: string): readonly KubeObject[];
  get(resource: string, namespace: string | null, name: string): KubeObject | null;
  /** Creates or replaces; fills in metadata. */
  put(resource: string, object: object): KubeObject;
  /** Merges into `status`. */
  putStatus(resource: string, namespace: string | null, name: string, status: object): void;
  delete(resource: string, namespace: string | null, name: string): void;
  /** Called after each change, with the resource; returns how to stop. */
  onChange(listener: (resource: string) => void): () => void;
}

/** As Kubernetes calls them in `ipFamilies`. */
export type Family = 'IPv4' | 'IPv6';

/** Where a process runs: the path of its network namespace and its addresses. */
export interface Place {
  readonly netns: string;
  /** The first of `addresses`. */
  readonly address: string;
  /** One of each family that the cluster has, in its order. */
  readonly addresses: readonly string[];
}

/** The network as kubelets need it. */
export interface Fabric {
  node(name: string): Place;
  attachPod(node: string, uid: string): Promise<Place>;
  detachPod(uid: string): Promise<void>;
}

/** How a policy agent meets new pods. Times count from when a pod's network is there, in milliseconds. */
export interface PolicyAgent {
  /** Until the agent of its node does with a pod what policies say. */
  readonly learnsAfterMs: number;
  /** What happens to the pod's packets before that. A node always reaches its own pods as ever. */
  readonly newborn: 'open' | 'denied';
  /** Until selectors of policies find it, as a peer of other pods. */
  readonly matchedAfterMs: number;
}

/** The cluster that a scenario asks for. */
export interface Topology {
  readonly nodes: readonly {
    readonly name: string;
    /** `net.ipv4.tcp_syn_linear_timeouts` in every network namespace of this node; 4 is the schedule since Linux 6.5, 0 the older one. */
    readonly synLinearTimeouts: number;
  }[];
  /**
   * Which network plugin the cluster shows, and so how NetworkPolicy is enforced (network/policy-engines.ts): calico is
   * Canal, kube-router and kube-network-policies stand beside flannel, k3s has flannel and kube-router's policies in its
   * own binary, and flannel alone enforces nothing.
   */
  readonly profile: 'calico' | 'kube-router' | 'k3s' | 'kube-network-policies' | 'flannel';
  /** null: the one of the profile. */
  readonly policyAgent: PolicyAgent | null;
  readonly overlay: 'vxlan' | 'host-gw';
  /** The address families of nodes, pods and Services; the first is what a Service gets that asks for none. */
  readonly families: readonly [Family, ...Family[]];
  /** null: no ingress controller at all. */
  readonly ingress: { readonly program: IngressProgram; readonly hostNetwork: boolean } | null;
  readonly dnsReplicas: number;
  /** Of the cluster's own names, as kubelets and DNS servers are told. */
  readonly clusterDomain: string;
}
