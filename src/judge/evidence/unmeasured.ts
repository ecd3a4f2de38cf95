/** What vantages could not measure because their system does not show it: no fault, and nothing that may pass for "did not happen". */
import type { Unmeasured } from '../../../probes/wire.ts';
import type { Limitation } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import { derived } from '../derived.ts';
import { hellosOf } from './delay.ts';
import type { Evidence } from './evidence.ts';

/** As they follow "Not measured". */
const NAMES: Readonly<Record<Unmeasured, string>> = {
  retransmissions: 'retransmissions of single connections',
  counters: 'counters of the network',
  settings: 'settings of the kernel',
  cpu: 'waits for a CPU',
};

/** One line for each set of things, with the vantages that lack them. */
export const unmeasuredAtVantages = derived((evidence: Evidence): readonly Limitation[] => {
  const lacking = [...hellosOf(evidence).values()].filter(({ unmeasured = [] }) => unmeasured.length > 0);
  const bySet = Map.groupBy(lacking, ({ unmeasured = [] }) => list(unmeasured.map((each) => NAMES[each])));
  return [...bySet].map(([what, hellos]) => ({
    what: `${what} at ${list(hellos.map(({ agent }) => (agent === 'local' ? 'this machine' : agent)))}`,
    because: 'the system there shows no /proc, or not all of it',
  }));
});
