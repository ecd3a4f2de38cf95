/** What every fix of a policy is made from. */
import type { Cluster, NetworkPolicy } from '../../model/cluster.ts';
import type { Protocol } from './select.ts';

export interface FixQuestion {
  readonly cluster: Cluster;
  /** The policy at fault: it isolates the pod and does not admit the flow. */
  readonly policy: NetworkPolicy;
  /** The container's port, never the Service's. */
  readonly port: number;
  readonly protocol: Protocol;
}
