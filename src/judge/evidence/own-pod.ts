/** Which pod an agent really is in. A container that nothing may be put into is stood for by a twin, whatever was planned. */
import type { Pod } from '../../model/cluster.ts';
import type { Agent } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import { derived } from '../derived.ts';

/** The pod whose network it shares: the one that it was to be put into, where it has that one's address. null: a pod of its own. */
export function ownPod(recording: Pick<Recording, 'cluster' | 'hellos'>, { id, kind, of }: Agent): Pod | null {
  if (kind !== 'inside' || of === null) return null;
  const pod = recording.cluster.pods.find((each) => each.namespace === of.namespace && each.name === of.name);
  const own = addressesOf(recording).get(id) ?? [];
  return pod !== undefined && pod.addresses.some((address) => own.includes(address)) ? pod : null;
}

const addressesOf = derived(
  ({ hellos }: Pick<Recording, 'hellos'>) => new Map(hellos.map(({ agent, addresses }) => [agent, addresses])),
);
