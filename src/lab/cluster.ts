/** A lab that is built: its parts, for the steps that come after building. */
import type { AddOns } from './add-ons.ts';
import type { ClusterStore } from './api/store.ts';
import type { ActiveFaults } from './faults/fault-tables.ts';
import type { Kubelets } from './kubelets.ts';
import type { Topology } from './model.ts';
import type { Enforcement } from './network/enforcement.ts';
import type { LabFabric } from './network/fabric.ts';

/** What the steps after building work with. */
export interface Cluster {
  readonly store: ClusterStore;
  readonly fabric: LabFabric;
  readonly enforcement: Enforcement;
  readonly kubelets: Kubelets;
  readonly addOns: AddOns;
  readonly topology: Topology;
  /** Read by the enforcement; set when faults begin. */
  readonly active: { faults: ActiveFaults };
}
