/** How nodes are admitted, where nothing was measured: only by addresses that the network plugin makes certain. */
import type { Finding } from '../model/verdict.ts';
import { engineOf } from '../judge/policy/engines.ts';
import { hostAddresses } from '../judge/policy/host-addresses.ts';
import { admitNodes, type NodesQuestion } from '../judge/policy/node-fixes.ts';

const UNKNOWN =
  'Admit the addresses by which pods see the nodes that run it: on overlays these are not the addresses of the nodes. kprobe diagnose measures them and writes the policy. Or run it on the pod network, where selectors match it.';

/** `nodes`: those that run the client; empty where that is not known. */
export function nodeFix(
  question: Omit<NodesQuestion, 'nodes'> & { readonly nodes: readonly string[] },
): Pick<NonNullable<Finding['fix']>, 'says' | 'manifest'> {
  const { cluster, nodes } = question;
  const isByAddress = engineOf(cluster.networking).admitsNodesBy === 'ip-block';
  const isKnown = (name: string) =>
    cluster.nodes.some((node) => node.name === name && hostAddresses(cluster, node).length > 0);
  if (nodes.length === 0 || (isByAddress && !nodes.every(isKnown))) return { says: UNKNOWN, manifest: null };
  const fix = admitNodes({ ...question, nodes: nodes.toSorted().map((name) => ({ name, measured: [] })) });
  return fix === null ? { says: UNKNOWN, manifest: null } : { says: fix.says, manifest: fix.manifest };
}
