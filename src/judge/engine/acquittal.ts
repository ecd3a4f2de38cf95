/** What was suspected by habit, measured, and found to be well: each line rests on experiments of which no arm failed. */
import { count, duration, percent } from '../../model/format.ts';
import type { ExperimentId } from '../../model/experiment.ts';
import type { DiagnosisClass, Verdict } from '../../model/verdict.ts';
import { isUnread } from '../../model/unread.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { hellosOf } from '../evidence/delay.ts';
import { questionsOf } from '../evidence/search-list.ts';
import { isFailing } from '../evidence/failing.ts';
import { proportion } from '../evidence/intervals.ts';
import { isWorking } from '../evidence/state.ts';
import { expectationOf } from '../evidence/expected.ts';
import { median } from '../evidence/median.ts';
import type { Doc } from './diagnosis.ts';
import { isEnforced } from '../policy/engines.ts';

interface Acquittal {
  readonly suspect: string;
  /** Findings of this class convict it, whatever else of it works; absent: those of no class do as such. */
  readonly class?: DiagnosisClass;
  /** All their measured arms must have worked, without delay and alike. */
  readonly experiments: readonly ExperimentId[];
  /** The words for these arms; null: too little was measured to say so. */
  because(arms: readonly PathEvidence[], evidence: Evidence): string | null;
}

const ACQUITTALS: readonly Acquittal[] = [
  { suspect: 'application', class: 'application', experiments: ['endpoints'], because: application },
  {
    suspect: 'DNS',
    class: 'dns-fallback',
    experiments: ['dns-servers', 'dns-transports', 'record-types', 'client-resolution'],
    because: dns,
  },
  { suspect: 'search list', experiments: ['outside-names'], because: searchList },
  // An overlay that carries small packets only is not clear.
  {
    suspect: 'overlay',
    class: 'cross-node-overlay',
    experiments: ['node-pairs', 'datagrams', 'packet-sizes'],
    because: overlay,
  },
  { suspect: 'MTU', experiments: ['packet-sizes'], because: mtu },
  { suspect: 'NetworkPolicy', class: 'policy', experiments: ['identities', 'endpoints'], because: policy },
  { suspect: 'kept connections', experiments: ['kept-connections'], because: keptConnections },
];

/** `claimed`: ids of paths whose trouble a finding accounts for; `found`: what was found. */
export function ruledOut(
  evidence: Evidence,
  claimed: ReadonlySet<string>,
  found: readonly Pick<Doc, 'class' | 'isShare'>[],
): Verdict['ruledOut'] {
  const convicted = new Set(found.map((each) => each.class));
  const isLossy = convicted.has('retransmit-drop') || found.some(({ isShare }) => isShare === true);
  const cleared = ACQUITTALS.flatMap(({ suspect, class: own, experiments, because }) => {
    if (own !== undefined && convicted.has(own)) return [];
    const arms = evidence.paths.filter(
      ({ path, state }) => state !== 'unmeasured' && path.experiments.some((id) => experiments.includes(id)),
    );
    const isClear = [...arms, ...alikeByOtherFamily(evidence, experiments)].every(
      (path) => isWell(evidence, path) && !claimed.has(path.path.id),
    );
    const says = arms.length > 0 && isClear ? because(arms, evidence) : null;
    return says === null ? [] : [{ suspect, because: says }];
  });
  const loss = isLossy ? null : noLoss(evidence);
  return loss === null ? cleared : [...cleared, { suspect: 'packet loss', because: loss }];
}

/** Who is cleared is cleared by both address families: endpoints and the Service beside endpoints, probe pods beside probe pods. */
function alikeByOtherFamily({ otherFamily }: Evidence, experiments: readonly ExperimentId[]): PathEvidence[] {
  return otherFamily.filter(({ path, to, state }) => {
    const alike = path.to.kind === 'backend' ? 'endpoints' : to?.kind === 'control' ? 'node-pairs' : null;
    return state !== 'unmeasured' && alike !== null && experiments.includes(alike);
  });
}

/** It answers, always, alike and in good time. Not even one lost attempt is passed over here: an acquittal must be clean. */
function isWell(evidence: Evidence, path: PathEvidence): boolean {
  if (path.state !== 'open') return false;
  // Of thousands of paths most have no slow attempt, and none of these needs its modes: the middle of a mode is no larger than its largest.
  const hasSlow = path.timed.some(({ sample }) => sample.totalMs >= evidence.slowAfterMs);
  const isSlow = hasSlow && path.modes.some((mode) => mode.ms >= evidence.slowAfterMs);
  return !isSlow && !isFailing(evidence, path);
}

function application(arms: readonly PathEvidence[]): string | null {
  const direct = arms.filter((path) => path.path.to.kind === 'backend' && path.path.probe.kind === 'http');
  // Answers whose times are not known, for want of a CPU, say nothing of how long the application takes.
  if (direct.length === 0 || direct.some(({ timed }) => timed.length === 0)) return null;
  const pods = new Set(direct.map(({ path }) => ('address' in path.to ? path.to.address : '')));
  const where = direct.some((path) => path.path.locality === 'same-node') ? ' on its own node' : '';
  return `${pods.size === 1 ? 'the pod answers' : `each of ${pods.size} pods answers`} directly${where} in ${duration(median(totals(direct)) ?? 0)}`;
}

function dns(arms: readonly PathEvidence[]): string | null {
  // A name that nobody knows says nothing of servers that should know it.
  if (arms.some(({ answered }) => answered.some(({ sample }) => sample.dns?.rcode === 'NXDOMAIN'))) return null;
  const servers = arms.filter(({ path: { to } }) => to.kind === 'dns-server' && to.service === null);
  if (servers.length === 0) return null;
  const addresses = new Set(servers.map(({ path }) => ('address' in path.to ? path.to.address : '')));
  return `${count(addresses.size, 'server')} of ${addresses.size} answer every vantage, ${duration(median(totals(servers)) ?? 0)}`;
}

function overlay(arms: readonly PathEvidence[]): string {
  const small = arms.filter(({ path }) => path.experiments.some((id) => id !== 'packet-sizes'));
  return `${small.length} of ${count(small.length, 'path')} between probe pods of different nodes work, ${duration(median(totals(small)) ?? 0)}`;
}

/** Small packets alone, where no large one could be judged, clear nothing. */
function mtu(arms: readonly PathEvidence[]): string | null {
  const bytes = Math.max(0, ...arms.filter(isWorking).map(bytesOf));
  if (bytes === 0) return null;
  return `${Math.round(bytes / 1000)} kB cross each of ${count(arms.length, 'node pair')} in ${duration(median(totals(arms)) ?? 0)}`;
}

/** Used again, or closed with notice: both are as they should be. */
function keptConnections(arms: readonly PathEvidence[]): string | null {
  const all = arms.flatMap(({ answered }) => answered.flatMap(({ sample }) => sample.kept ?? []));
  const [first] = all.toSorted((a, b) => b.idledMs - a.idledMs);
  // What is closed with its first answer is not kept.
  if (first === undefined || first.idledMs < KEPT_MS) return null;
  const idled = duration(first.idledMs);
  return first.end === 'used'
    ? `one that idled for ${idled} was used again`
    : `the server closes one after ${idled} idle, and says so`;
}
const KEPT_MS = 100;

/** How large an answer is asked for, where that is what differs. */
function bytesOf({ path: { probe } }: PathEvidence): number {
  return probe.kind === 'tcp' || probe.kind === 'udp' ? probe.bytes : 0;
}

/** What no policy denies gets through, and policies were read. */
function policy(arms: readonly PathEvidence[], evidence: Evidence): string | null {
  const hops = arms.filter(({ path, from }) => path.to.kind === 'backend' && from.underTest);
  const expectations = hops.map((path) => expectationOf(evidence, path));
  const { networking } = evidence.cluster;
  if (isUnread(evidence.cluster, 'networkpolicies') || networking.unevaluated.length > 0 || hops.length === 0)
    return null;
  const [denying] = expectations.flatMap(({ verdict, policies }) => (verdict === 'deny' ? policies : []));
  if (denying !== undefined && isEnforced(networking) === 'no') {
    return `${denying.namespace}/${denying.name} would deny it, but nobody enforces policies here (${networking.because}): ${count(hops.length, 'hop')} to the pods get through`;
  }
  if (!expectations.every(({ verdict }) => verdict === 'allow') || isCutAtNodePort(evidence)) return null;
  return expectations.some(({ policies }) => policies.length > 0)
    ? `policy admits ${count(hops.length, 'hop')} to the pods, and all get through`
    : 'no NetworkPolicy isolates the pods that were asked';
}

/** Who comes by a NodePort has the address of that node (kube-proxy masquerades), which no vantage here had. */
function isCutAtNodePort({ target, paths }: Evidence): boolean {
  const isNodePort = target.kind === 'service' && target.entries.length > 0;
  return isNodePort && paths.some((path) => path.path.to.kind === 'entry' && path.unanswered.length > 0);
}

/** Fewer connects say nothing of loss. */
const FEWEST_CONNECTS = 20;

/** Not one connect of any path that works at all needed a second SYN, or was lost. */
function noLoss(evidence: Evidence): string | null {
  const byOther = evidence.otherFamily.filter((path) => expectationOf(evidence, path).verdict !== 'deny');
  const connects = [...evidence.paths.filter(isWorking), ...byOther].filter(
    ({ path: { probe } }) => probe.kind === 'tcp' || probe.kind === 'http',
  );
  const tried = connects.reduce((sum, path) => sum + path.answered.length, 0);
  const isLossy = connects.some((path) => path.ladder.length > 0 || path.unanswered.length > 0);
  if (tried < FEWEST_CONNECTS || isLossy) return null;
  const [, high] = proportion(0, tried).interval;
  return `none of ${tried} connects needed a SYN retransmission (loss below ${percent(high)})`;
}

function totals(paths: readonly PathEvidence[]): number[] {
  return paths.flatMap((path) => path.median('total') ?? []);
}

/** What the search list costs a lookup of a name outside the cluster; little, or its arms were not well. */
function searchList(arms: readonly PathEvidence[], evidence: Evidence): string | null {
  const absolute = arms.find(({ path: { to } }) => to.kind === 'resolver' && to.name.endsWith('.'));
  const searched = evidence.paths.find(
    ({ path: { to }, from }) =>
      to.kind === 'resolver' &&
      absolute?.path.to.kind === 'resolver' &&
      from.id === absolute.from.id &&
      `${to.name}.` === absolute.path.to.name,
  );
  const resolver = hellosOf(evidence).get(absolute?.from.id ?? '')?.resolver;
  const [all, alone] = [searched?.median('total') ?? null, absolute?.median('total') ?? null];
  if (searched?.path.to.kind !== 'resolver' || resolver === undefined || all === null || alone === null) return null;
  const questions = questionsOf(searched.path.to.name, resolver);
  return `a lookup of ${searched.path.to.name} sends ${questions} questions and takes ${duration(all)}; with a trailing dot 2, and ${duration(alone)}`;
}
