/** Sentences about evidence that several diagnoses say alike. */
import { atPort, count, duration, list } from '../../model/format.ts';
import type { Agent } from '../../model/plan.ts';
import type { Finding } from '../../model/verdict.ts';
import type { Evidence, PathEvidence, Attempt, Symptom } from '../evidence/evidence.ts';
import { isOfOtherFamily } from '../evidence/families.ts';

type Line = Finding['evidence'][number];

/** More entries than these tell nothing new. */
const MOST_SIGHTS = 6;

export function line(label: string, says: string, attempts: readonly Attempt[] = []): Line {
  return { label, says, samples: attempts.map((attempt) => attempt.index) };
}

/** One line a path, the first few: "worker-1 → web-7f9c (worker-2): 5 of 5 connects unanswered". All their samples are pointed at. */
export function pathLines(label: string, paths: readonly PathEvidence[], most = 3): Line[] {
  const says = paths.slice(0, most).map((path) => `${ends(path)}: ${behaviour(path)}`);
  const more = paths.length > most ? [`and ${paths.length - most} more alike`] : [];
  const attempts = paths.flatMap((path) => (isWell(path) ? path.answered : path.unanswered));
  return [...says, ...more].map((each, index) => line(label, each, index === 0 ? attempts : []));
}

/** Paths of the same client that work. */
export function butLines(working: readonly PathEvidence[], most = 2): Line[] {
  return working.slice(0, most).map((path) => line('But', `${ends(path)}: ${behaviour(path)}`, path.answered));
}

/** What stands for a client whose identity policies see: a twin of its pod, or a container in it. */
export function labelOfClient(paths: readonly PathEvidence[]): string {
  return paths.some(({ from }) => from.kind === 'inside') ? 'Inside' : 'Twin';
}

function isWell(path: PathEvidence): boolean {
  return path.unanswered.length === 0;
}

/** worker-1 → web-7f9c (worker-2) */
export function ends(path: PathEvidence): string {
  return `${nameOfSource(path)} → ${nameOfDestination(path)}`;
}

/** Whose identity an agent has: shop/checkout-5d4f, the host network of a node, or a namespace. */
export function nameOfClient({ of, identity, node }: Agent): string {
  if (identity.hostNetwork) return `the host network of ${node}`;
  return of === null ? identity.namespace : `${of.namespace}/${of.name}`;
}

export function nameOfSource(path: PathEvidence): string {
  return path.from.node ?? 'this machine';
}

export function nameOfDestination(path: PathEvidence): string {
  const to = path.path.to;
  switch (to.kind) {
    case 'backend':
    case 'dns-server':
      if (to.pod === null) return atPort(to.address, to.port);
      return `${to.pod.name} (${to.node ?? 'no node'})${byFamily(path)}`;
    case 'agent':
      // Of a matrix, where nodes are asked for and probes only stand for them.
      if (path.path.userFacing) return to.node ?? '?';
      return `${path.to?.kind ?? 'agent'} (${to.node ?? '?'})${byFamily(path)}`;
    case 'service':
      return `Service ${to.namespace}/${to.name}${byFamily(path)}`;
    case 'entry':
      return `ingress ${atPort(to.address, to.port)}${to.node === null ? '' : ` (${to.node})`}`;
    case 'external':
      return atPort(to.address, to.port);
    case 'resolver':
      return `getaddrinfo ${to.name}`;
    default:
      return to satisfies never;
  }
}

/** Said where the same is asked by another family as well, and no address tells it. */
function byFamily(path: PathEvidence): string {
  if (!isOfOtherFamily(path)) return '';
  const { to } = path.path;
  const isSix = 'address' in to ? to.address.includes(':') : to.kind === 'agent' && to.family === 'IPv6';
  return ` by ${isSix ? 'IPv6' : 'IPv4'}`;
}

/** What one path did, in a few words: "5 of 5 connects unanswered, 4 SYN retransmissions each". */
export function behaviour(path: PathEvidence): string {
  const tried = path.answered.length + path.unanswered.length;
  const noun =
    path.path.probe.kind === 'dns' || path.path.probe.kind === 'resolver'
      ? 'queries'
      : path.path.probe.kind === 'udp'
        ? 'datagrams'
        : 'connects';
  switch (path.state) {
    case 'open':
      return `${tried} of ${tried} answered${errorsOf(path)}${inTime(path)}`;
    case 'refused':
      return `${tried} of ${tried} ${noun} refused (RST)`;
    case 'rejected':
      return `${tried} of ${tried} ${noun} rejected (ICMP)`;
    case 'silent':
      return `${path.unanswered.length} of ${tried} ${noun} unanswered${retransmissions(path.unanswered)}`;
    case 'dead':
      return `${endings(path.unanswered, tried, noun)}`;
    case 'lossy':
      return path.ladder.length > 0
        ? `${endings(path.unanswered, tried, noun)}, ${path.ladder.length} of ${tried} needed SYN retransmissions`
        : `${endings(path.unanswered, tried, noun)}, the others answered${inTime(path)}`;
    case 'unmeasured':
      return 'not measured';
    default:
      return path.state satisfies never;
  }
}

/** "3 of 6 connects refused (RST), 2 of 6 connects made and never answered": each way to fail, the most frequent first. */
function endings(attempts: readonly Attempt[], tried: number, noun: string): string {
  if (attempts.length === 0) return `0 of ${tried} ${noun} unanswered`;
  return [...Map.groupBy(attempts, endingOf)]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([ending, { length }]) => `${length} of ${tried} ${noun} ${ending}`)
    .join(', ');
}

function endingOf({ sample: { outcome } }: Attempt): string {
  switch (outcome.kind) {
    case 'refused':
      return 'refused (RST)';
    case 'unreachable':
      return 'rejected (ICMP)';
    case 'reset':
      return 'reset';
    case 'silent':
    case 'cut':
      if (outcome.phase === 'connect' || outcome.phase === 'dns') return 'unanswered';
      return outcome.kind === 'cut'
        ? 'made, and still without a whole answer when the run ended'
        : 'made and never answered';
    case 'answered':
    case 'error':
      return 'failed';
    default:
      return outcome satisfies never;
  }
}

const MOST_MODES = 3;

/** Each mode, where there are several: "in 3 ms or 5.0 s". Nothing where the prober's own delays are in all the times. */
function inTime(path: PathEvidence): string {
  const ms = path.median('total');
  if (ms === null) return '';
  const modes = path.modes.slice(0, MOST_MODES);
  return ` in ${modes.length > 1 ? modes.map((mode) => duration(mode.ms)).join(' or ') : duration(ms)}`;
}

/** ` HTTP 503` where nothing but that was answered, else how many were. */
function errorsOf({ answered }: PathEvidence): string {
  const statuses = answered.map(({ sample }) => sample.http?.status ?? 0);
  const errors = [...new Set(statuses)].filter((status) => status >= 500).toSorted((a, b) => a - b);
  const isAll = errors.length === 1 && statuses.every((status) => status >= 500);
  const says = errors.map((each) => `${statuses.filter((status) => status === each).length} of them HTTP ${each}`);
  return isAll ? ` HTTP ${errors[0]}` : says.length === 0 ? '' : ` (${list(says)})`;
}

function retransmissions(attempts: readonly Attempt[]): string {
  const counts = attempts.map((attempt) => attempt.sample.synRetransmissions).filter((each) => each > 0);
  if (counts.length === 0) return '';
  const most = Math.max(...counts);
  return most === Math.min(...counts)
    ? `, ${count(most, 'SYN retransmission')} each`
    : `, up to ${count(most, 'SYN retransmission')} each`;
}

/** What the user sees, one line for each entry or Service: slow, failed and fine attempts. */
export function symptomLines(evidence: Evidence, explained: readonly number[]): Line[] {
  const indices = new Set(explained);
  // Paths between probes are told by each diagnosis itself: nobody uses them but by the pods that share them.
  const chosen = Map.groupBy(
    evidence.symptoms.filter((symptom) => indices.has(symptom.attempt.index) && symptom.path.path.to.kind !== 'agent'),
    (symptom) => symptom.path,
  );
  const seen = Map.groupBy([...chosen], ([path]) => `via ${nameOfDestination(path)}`);
  const lines = [...seen].map(([where, paths]) =>
    line(
      'You see',
      `${where}: ${merge(paths.map(([path, symptoms]) => seenOn(path, symptoms)))}`,
      paths.flatMap(([, symptoms]) => symptoms.map((symptom) => symptom.attempt)),
    ),
  );
  return lines.toSorted((a, b) => a.says.localeCompare(b.says)).slice(0, MOST_SIGHTS);
}

interface Failure {
  readonly verb: string;
  readonly ms: number;
}

interface Seen {
  readonly slow: readonly number[];
  readonly failed: readonly Failure[];
  readonly tried: number;
  readonly fine: readonly number[];
}

/** Shares are told of what began while every attempt was still waited for, unless nothing bad would be left to tell. */
function seenOn(path: PathEvidence, all: readonly Symptom[]): Seen {
  const isWhole = ({ sample }: Attempt) => path.cutFrom === null || sample.at < path.cutFrom;
  const whole = all.filter(({ attempt }) => isWhole(attempt));
  const symptoms = whole.length > 0 ? whole : all;
  const bad = new Set(all.map(({ attempt }) => attempt));
  const fine = path.answered
    .filter((attempt) => !bad.has(attempt) && (whole.length === 0 || isWhole(attempt)))
    .map((attempt) => attempt.sample.totalMs);
  return {
    slow: symptoms.filter((each) => each.kind === 'slow').map((each) => each.attempt.sample.totalMs),
    failed: symptoms.filter((each) => each.kind !== 'slow').map(failure),
    tried: symptoms.length + fine.length,
    fine,
  };
}

/** What became of a failed attempt, so that like ones can be counted together, and how long it took. */
function failure({ attempt: { sample } }: Symptom): Failure {
  const { outcome, totalMs: ms } = sample;
  if (outcome.kind === 'cut') return { verb: 'still wait when the run ends, after', ms };
  if (sample.http !== null) return { verb: `end in HTTP ${sample.http.status} after`, ms };
  switch (outcome.kind) {
    case 'refused':
      return { verb: 'are refused after', ms };
    case 'silent':
      return { verb: 'have no answer after', ms };
    case 'unreachable':
    case 'error':
      return { verb: `end in ${outcome.code} after`, ms };
    case 'reset':
      return { verb: 'are reset after', ms };
    case 'answered':
      return { verb: `end in ${sample.dns?.rcode ?? 'an error'} after`, ms };
    default:
      return outcome satisfies never;
  }
}

function merge(all: readonly Seen[]): string {
  const tried = all.reduce((total, seen) => total + seen.tried, 0);
  const slow = all.flatMap((seen) => seen.slow);
  const failed = Map.groupBy(
    all.flatMap((seen) => seen.failed),
    ({ verb }) => verb,
  );
  const fine = all.flatMap((seen) => seen.fine);
  // The most frequent first, and never by the order in which attempts were told.
  const ways = [...failed].toSorted(([one, a], [other, b]) => b.length - a.length || one.localeCompare(other));
  return [
    ...(slow.length > 0 ? [`${slow.length} of ${tried} take ${span(slow)}`] : []),
    ...ways.map(([verb, each]) => `${each.length} of ${tried} ${verb} ${span(each.map(({ ms }) => ms))}`),
    ...(fine.length > 0 ? [`${fine.length} take ${span(fine)}`] : []),
  ].join(', ');
}

function span(values: readonly number[]): string {
  const [low, high] = [duration(Math.min(...values)), duration(Math.max(...values))];
  return low === high ? low : `${low} to ${high}`;
}
