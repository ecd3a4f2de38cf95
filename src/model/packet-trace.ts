/** What the packet filter of a node did to one packet of a probe, as the kernel's rule trace tells it (`--trace-rules`). */

/** One rule, or one chain's end, that the packet came to. */
export interface TraceStep {
  family: 'ip' | 'ip6' | 'inet' | 'bridge' | 'netdev' | 'arp';
  table: string;
  chain: string;
  hook?: string;
  priority?: number;
  handle?: number;
  /** As nft prints it, comment included. */
  rule?: string;
  verdict: 'accept' | 'drop' | 'reject' | 'queue' | 'continue' | 'jump' | 'goto' | 'return';
  /** Of jump and goto. */
  target?: string;
}

export interface PacketTrace {
  node: string;
  protocol: 'tcp' | 'udp';
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
  steps: TraceStep[];
  end: 'dropped' | 'rejected' | 'queued' | 'passed' | 'unseen';
}

/** Who has made a rule, and for which object. */
export interface RuleOwner {
  program:
    | 'kube-proxy'
    | 'kube-router'
    | 'calico'
    | 'cilium'
    | 'antrea'
    | 'kindnet'
    | 'kube-network-policies'
    | 'flannel'
    | 'firewalld'
    | 'ufw'
    | 'docker'
    | 'unknown';
  object?: { kind: string; namespace?: string; name: string };
  /** One clause in plain words. */
  means: string;
}
