/** What everything that runs on one node shares. */
import type { Inputs } from '../api/inputs.ts';
import type { Logs } from '../api/logs.ts';
import type { ClusterStore } from '../api/store.ts';
import type { Fabric, Place } from '../model.ts';
import type { Prober } from './prober-client.ts';
import type { Mount } from './rootfs.ts';

export interface NodeContext {
  readonly store: ClusterStore;
  readonly fabric: Fabric;
  readonly logs: Logs;
  readonly inputs: Inputs;
  readonly name: string;
  readonly place: Place;
  readonly prober: Prober;
  /** Where pods' roots and volumes lie. */
  readonly folder: string;
  /** In every container, under the paths that they have here. */
  readonly mounts: readonly Mount[];
  /** PATH of containers that set none. */
  readonly path: string;
  readonly clusterDomain: string;
  readonly resolvConf: string;
  readonly isMapped: (id: number) => boolean;
  readonly now: () => Date;
}
