/**
 * Antrea decides in Open vSwitch; in iptables (chains ANTREA-…) it masquerades and keeps the policies of nodes, whose rules say in their comments
 * `Antrea: for rule NAME, policy KIND:NAMESPACE/NAME` (pkg/agent/route, pkg/agent/controller/networkpolicy).
 */
import type { Ownership, Way, Writer } from './way.ts';
import { commentOf } from './rule-text.ts';
import { stops } from './way.ts';

export const antrea: Writer = {
  program: 'antrea',
  wrote: ({ table, chain }) => /^antrea(?:-|$)/.test(table) || chain.startsWith('ANTREA-'),
  read: (way) => {
    if (!stops(way.last)) {
      return {
        reason: 'passes',
        isStale: false,
        means: 'it lets the packet on; what Antrea denies to pods it denies in Open vSwitch',
      };
    }
    const object = policyOf(way);
    const isPolicy = object !== null || way.last.chain.startsWith('ANTREA-POL-');
    if (!isPolicy)
      return { reason: 'firewall', isStale: false, means: 'Antrea drops it on the node, outside of its policies' };
    const name = object === null ? 'a policy of Antrea for nodes' : `${object.kind} ${object.name}`;
    return {
      ...(object === null ? {} : { object }),
      reason: 'policy',
      isStale: false,
      means: `${name} does not admit it to this node`,
    };
  },
};

/** Of the rule that decided, or of the one that led to it. */
function policyOf({ steps }: Way): NonNullable<Ownership['object']> | null {
  for (const { rule = '' } of steps.toReversed()) {
    const [, kind, whole] = /\bpolicy (\w+):(\S+)/.exec(commentOf(rule) ?? '') ?? [];
    if (kind === undefined || whole === undefined) continue;
    const [first, second] = whole.split('/');
    return second === undefined || first === undefined
      ? { kind, name: whole }
      : { kind, namespace: first, name: second };
  }
  return null;
}
