/** The finding that a policy of the destination denies, however it comes to deny: who is meant differs, the experiment is one. */
import { list } from '../../model/format.ts';
import type { Finding } from '../../model/verdict.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { afterConnectTimeout, anyDelay, explain } from '../engine/reach.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { proxyOf } from '../evidence/proxy.ts';
import type { Hop } from './hops.ts';
import { line, sight } from '../words/words.ts';
import { accountsOf, certaintyOfIngress, deniedHops, experimentLines, policiesAtFault } from './denied.ts';
import type { Found } from '../engine/diagnosis.ts';

export interface Denial {
  /** Whether this diagnosis is about the hop. */
  isOurs(hop: Hop): boolean;
  /** `policy` is "NetworkPolicy shop/allow-ingress". */
  title(policy: string, hops: readonly Hop[]): string;
  /** Hops of the same client that get through. */
  working(evidence: Evidence): readonly PathEvidence[];
  who(hops: readonly Hop[]): string;
  fix(hops: readonly Hop[]): Finding['fix'];
}

/** One finding for each set of policies at fault. */
export function ingressDenials(evidence: Evidence, denial: Denial): Found[] {
  const denied = deniedHops(evidence, 'ingress').filter((hop) => denial.isOurs(hop));
  const groups = Map.groupBy(denied, (hop) =>
    policiesAtFault([hop])
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .join(' '),
  );
  return [...groups.values()].map((hops) => findingOf(evidence, hops, denial));
}

function findingOf(evidence: Evidence, hops: readonly Hop[], denial: Denial): Found {
  const [policy] = policiesAtFault(hops);
  const certainty = certaintyOfIngress(hops);
  const accounts = accountsOf(hops);
  const isSilent = hops.every(isDropped);
  const connectTimeoutMs = proxyOf(evidence)?.connectTimeoutMs ?? null;
  const explained = explain(evidence, accounts, isSilent ? afterConnectTimeout(connectTimeoutMs) : anyDelay);
  return {
    certainty,
    title: denial.title(
      policy === undefined ? 'A NetworkPolicy' : `NetworkPolicy ${policy.namespace}/${policy.name}`,
      hops,
    ),
    object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
    where: { from: nodes(hops.map((hop) => hop.asker.node)), to: nodes(hops.map(farNode)) },
    timer: isSilent ? proxyTimer(evidence) : null,
    evidence: [
      ...sight(evidence, explained),
      ...[isSilent ? whyThatLong(evidence) : null].filter((each) => each !== null),
      ...experimentLines(hops, denial.working(evidence)),
      line('Who', denial.who(hops)),
    ],
    fix: denial.fix(hops),
    wouldSettle:
      certainty === 'proven'
        ? null
        : 'Answer beside the backend with a twin of it and with a control: if only the twin stays silent, it is the policy.',
    accounts: accounts.map((path) => path.path.id),
    explained,
  };
}

/** Nothing came back at all. A rejecting enforcer also leaves connects without an answer, for ICMP errors are rationed. */
export function isDropped({ path }: Hop): boolean {
  return path.state === 'silent';
}

export function farNode({ path }: Hop): string | null {
  return 'node' in path.path.to ? path.path.to.node : null;
}

function nodes(names: readonly (string | null)[]): string {
  return list([...new Set(names.map((name) => name ?? '?'))].toSorted());
}
