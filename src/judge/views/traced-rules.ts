/** Rules that were seen to stop packets, as diagnoses ask for them. */
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { followedIn } from '../traces/followed.ts';
import type { Stop } from '../traces/followed.ts';

/** Programs whose rules are a firewall of the node, or a rule of somebody's own. */
const OUTSIDE = new Set<Stop['owner']['program']>(['firewalld', 'ufw', 'docker', 'unknown']);

/** What stopped packets of these paths on this node. */
export function stopsAt(evidence: Evidence, paths: readonly PathEvidence[], node: string): Stop[] {
  const ids = new Set(paths.map(({ path }) => path.id));
  return (followedIn(evidence)?.stops ?? []).filter(({ path, packet }) => ids.has(path) && packet.trace.node === node);
}

/** Nothing of Kubernetes, of a network plugin or of a policy engine has made the rule, as far as its names tell. */
export function isOutside({ owner }: Stop): boolean {
  return OUTSIDE.has(owner.program) && owner.reason === 'firewall';
}

/** Packets of these paths were followed on this node, to an end of which no rule is to blame. */
export function passedAt(evidence: Evidence, paths: readonly PathEvidence[], node: string): boolean {
  const ids = new Set(paths.map(({ path }) => path.id));
  const here = (followedIn(evidence)?.packets ?? []).filter(
    ({ path, isAnswer, trace }) => ids.has(path) && !isAnswer && trace.node === node,
  );
  return here.length > 0 && here.every(({ trace }) => trace.end === 'passed');
}

/** Somebody else at the same end, whom the rule lets through: it looks at who asks or who is asked, as policies do, and so may be one. */
export function isByIdentity(evidence: Evidence, { from, path }: PathEvidence): boolean {
  return evidence.paths.some(
    (other) =>
      isWorking(other) &&
      other.from.id === from.id &&
      other.to?.kind === 'control' &&
      'node' in other.path.to &&
      'node' in path.to &&
      other.path.to.node === path.to.node &&
      portOf(other) === portOf({ path }),
  );
}

function portOf({ path: { to } }: Pick<PathEvidence, 'path'>): number | null {
  return 'port' in to ? to.port : null;
}

/** nft's own words for one rule, as commands take them. */
export function chainOf({ step: { family, table, chain } }: Pick<Stop, 'step'>): string {
  return `${family} ${table} ${chain}`;
}

/** The trace as the contrast that proves a rule. */
export function ruleContrast(holds: Contrast['holds'], settles: string): Contrast {
  return { label: 'Trace', holds, says: 'packets that were followed end at one rule', attempts: [], settles };
}
