/** All rules, the gravest first: in this order their findings are told. */
import type { Rule } from './rule.ts';
import abruptEnd from './rules/abrupt-end.ts';
import closedRoute from './rules/closed-route.ts';
import danglingRoute from './rules/dangling-route.ts';
import emptySelection from './rules/empty-selection.ts';
import foreignWorkload from './rules/foreign-workload.ts';
import forgottenDns from './rules/forgotten-dns.ts';
import ignoredRules from './rules/ignored-rules.ts';
import missedHost from './rules/missed-host.ts';
import undeclaredTarget from './rules/undeclared-target.ts';
import unenforcedPolicy from './rules/unenforced-policy.ts';
import unmatchedPeer from './rules/unmatched-peer.ts';
import unnamedPort from './rules/unnamed-port.ts';
import unseenAddress from './rules/unseen-address.ts';
import unselectedPods from './rules/unselected-pods.ts';
import unservedClass from './rules/unserved-class.ts';

export const rules: readonly Rule[] = [
  unenforcedPolicy,
  missedHost,
  closedRoute,
  forgottenDns,
  unselectedPods,
  unmatchedPeer,
  unnamedPort,
  unseenAddress,
  ignoredRules,
  emptySelection,
  undeclaredTarget,
  foreignWorkload,
  unservedClass,
  danglingRoute,
  abruptEnd,
];
