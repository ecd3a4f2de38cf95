/** From denied hops to the object that admits their client at the destination, made from what was measured. */
import type { Finding } from '../../model/verdict.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { sourcesSeen } from '../evidence/sources.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { familyOf } from '../policy/address.ts';
import type { Family } from '../policy/address.ts';
import { engineOf } from '../policy/engines.ts';
import { admitPods } from '../policy/fixes.ts';
import { admitNodes } from '../policy/node-fixes.ts';
import { hopsOf, otherFamilyHopsOf } from '../views/hops.ts';
import type { Hop } from '../views/hops.ts';
import { clientsOf } from './client.ts';
import { shownFix } from './cover.ts';
import { questionOf } from './question.ts';

/** Admits every node that runs the client, by all addresses that pods were seen to see and that the engine judges. */
export function admitHostsFix(evidence: Evidence, hops: readonly Hop[]): Finding['fix'] {
  const question = questionOf(evidence, hops);
  if (question === null) return null;
  const nodes = [...clientsOf(evidence).map((pod) => pod.node), ...hops.map(({ source }) => source.node)];
  const names = [...new Set(nodes.filter((node) => node !== null))].toSorted();
  const fix = admitNodes({
    ...question,
    nodes: names.map((name) => ({ name, measured: measuredSources(evidence, name) })),
    families: familiesOf(hops),
  });
  return shownFix(evidence, fix, measuredPaths(evidence));
}

function familiesOf(hops: readonly Hop[]): ReadonlySet<Family> {
  return new Set(hops.flatMap(({ path: { path } }) => ('address' in path.to ? (familyOf(path.to.address) ?? []) : [])));
}

/** Admits the client's namespace and labels. A client on the host network has neither, so its nodes are admitted. */
export function admitPodFix(evidence: Evidence, hops: readonly Hop[]): Finding['fix'] {
  const client = hops[0]?.source;
  if (client === undefined || client.identity.hostNetwork) return admitHostsFix(evidence, hops);
  const question = questionOf(evidence, hops);
  const fix = question === null ? null : admitPods({ ...question, from: client.identity });
  return shownFix(evidence, fix, measuredPaths(evidence));
}

function measuredPaths(evidence: Evidence) {
  return [...hopsOf(evidence), ...otherFamilyHopsOf(evidence)].map(({ path }) => path);
}

/** By which addresses pods of each node saw the host network of this one; of its own node only where that counts. */
function measuredSources(evidence: Evidence, node: string): string[] {
  const vantages = [...evidence.agents.values()].filter(
    (agent) => agent.identity.hostNetwork && agent.kind !== 'local' && agent.node === node,
  );
  const far = evidence.cluster.nodes
    .map(({ name }) => name)
    .filter((name) => name !== node || isJudgedOnOwnNode(evidence, node));
  return [...new Set(vantages.flatMap(({ id }) => far.flatMap((name) => sourcesSeen(evidence, id, name))))];
}

/** The engine is known to judge a node's own processes; or nobody knows, and a pod of this node was closed to them beside an open control. */
function isJudgedOnOwnNode(evidence: Evidence, node: string): boolean {
  const { ownNode } = engineOf(evidence.cluster.networking);
  if (ownNode !== 'unsure') return ownNode === 'root-exempt';
  return hopsOf(evidence).some(
    ({ source, path, controls }) =>
      source.identity.hostNetwork &&
      source.node === node &&
      path.path.locality === 'same-node' &&
      isBroken(path) &&
      controls.some(isWorking),
  );
}
