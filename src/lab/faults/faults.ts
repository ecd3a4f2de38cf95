/** Puts a scenario's faults in force, once its workloads are up. */
import { startFaultProcesses } from './fault-processes.ts';
import { chooseVictims } from './fault-victims.ts';
import type { Cluster } from '../lab.ts';
import type { Fault } from '../scenario/scenario.ts';

/** Resolves when the kernel has them, to how to end those that are processes. */
export async function strike(faults: readonly Fault[], cluster: Cluster): Promise<() => void> {
  const { store, enforcement, kubelets, active } = cluster;
  const pods = store.list('pods');
  const victims = chooseVictims(faults, pods);
  active.faults = { faults, victims };
  await enforcement.settled();
  const processes = startFaultProcesses({
    faults,
    victims,
    pods,
    wedge: (uid) => kubelets.wedge(uid),
    pause: (node, isPaused) => kubelets.pause(node, isPaused),
  });
  return () => processes.stop();
}
