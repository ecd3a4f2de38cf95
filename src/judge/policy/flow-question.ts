/** What is asked of policies: may this flow pass? */
import type { Cluster } from '../../model/cluster.ts';
import type { Party } from './party.ts';
import type { Protocol } from './select.ts';

export interface FlowQuestion {
  readonly cluster: Cluster;
  readonly from: Party;
  /** The end of the flow: for a Service one of its backends, never the ClusterIP (policy reference S14). */
  readonly to: Party;
  /** The port at that end; null where it is not known. */
  readonly port: number | null;
  readonly protocol: Protocol;
  /** The client asked a Service: what comes back to the client itself is no loopback then. Absent: it did not. */
  readonly throughService?: boolean;
}
