/** What was suspected by habit, measured, and found to be well: each line needs its own measurement, or it is not said. */
import { count, duration, percent } from '../../model/format.ts';
import type { DiagnosisClass, Finding, Verdict } from '../../model/verdict.ts';
import { replicasOf } from '../views/dns.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { proportion } from '../evidence/intervals.ts';
import { expectationOf, hopsOf, isWorking } from '../views/hops.ts';
import { meshOf } from '../views/mesh.ts';

interface Suspect {
  readonly suspect: string;
  /** A finding of one of these classes takes the suspect off the list. */
  readonly classes: readonly DiagnosisClass[];
  /** null: not measured well enough to say so. */
  clear(evidence: Evidence): string | null;
}

const SUSPECTS: readonly Suspect[] = [
  { suspect: 'application', classes: ['application'], clear: clearApplication },
  { suspect: 'DNS', classes: ['dns-fallback'], clear: clearDns },
  { suspect: 'overlay', classes: ['cross-node-overlay'], clear: clearOverlay },
  { suspect: 'MTU', classes: ['cross-node-overlay'], clear: clearMtu },
  { suspect: 'packet loss', classes: ['retransmit-drop', 'cross-node-overlay'], clear: clearLoss },
  { suspect: 'NetworkPolicy', classes: ['policy'], clear: clearPolicy },
];

export function clear(evidence: Evidence, findings: readonly Finding[]): Verdict['ruledOut'] {
  const classes = new Set(findings.map((finding) => finding.class));
  const isPolicyDns = findings.some((finding) => finding.class === 'policy' && finding.diagnosis.endsWith('-dns'));
  return SUSPECTS.flatMap(({ suspect, classes: own, clear: test }) => {
    if (own.some((each) => classes.has(each)) || (suspect === 'DNS' && isPolicyDns)) return [];
    const because = test(evidence);
    return because === null ? [] : [{ suspect, because }];
  });
}

/** Every pod that was reached at all answered quickly when asked directly. */
function clearApplication(evidence: Evidence): string | null {
  const direct = evidence.paths.filter(
    (path) => path.path.to.kind === 'backend' && path.path.probe.kind === 'http' && isWorking(path),
  );
  const pods = Map.groupBy(direct, (path) => ('address' in path.path.to ? path.path.to.address : ''));
  const wanted = new Set(
    evidence.paths
      .filter((path) => path.path.to.kind === 'backend')
      .map((path) => ('address' in path.path.to ? path.path.to.address : '')),
  );
  if (pods.size === 0 || pods.size < wanted.size || direct.some((path) => hasSlow(evidence, path))) return null;
  const best = [...pods.values()].map((paths) => Math.min(...paths.map((path) => path.median('total') ?? Infinity)));
  const where = direct.some((path) => path.path.locality === 'same-node') ? ' on its own node' : '';
  return `${pods.size === 1 ? 'the pod answers' : `each of ${pods.size} pods answers`} directly${where} in ${duration(Math.max(...best))}`;
}

function clearDns(evidence: Evidence): string | null {
  const replicas = replicasOf(evidence).filter((replica) => replica.asked.length > 0);
  const asked = replicas.flatMap((replica) => replica.asked);
  if (replicas.length === 0 || asked.some((path) => path.state !== 'open' || hasSlow(evidence, path))) return null;
  // In a matrix every node is asked for: one that the network keeps from DNS has no DNS.
  if (evidence.target.kind === 'nodes' && replicas.some(({ all }) => all.some((path) => path.state !== 'open')))
    return null;
  const total = replicasOf(evidence).length;
  return `${replicas.length} of ${total} servers answer every node, ${duration(median(asked))}`;
}

function clearOverlay(evidence: Evidence): string | null {
  const mesh = meshOf(evidence).pairs;
  if (mesh.length === 0 || mesh.some((pair) => pair.path.state !== 'open')) return null;
  const across = hopsOf(evidence)
    .filter((hop) => hop.path.path.locality === 'cross-node')
    .flatMap((hop) => hop.controls.filter(isWorking));
  const same =
    across.length > 0 ? `; the same sources reach a probe pod on the same nodes in ${duration(median(across))}` : '';
  return `${mesh.length} of ${mesh.length} ways between nodes, ${duration(median(mesh.map((pair) => pair.path)))}${same}`;
}

function clearMtu(evidence: Evidence): string | null {
  const large = evidence.paths.filter(
    (path) => path.path.probe.kind === 'tcp' && path.path.probe.bytes > 0 && path.state !== 'unmeasured',
  );
  if (large.length === 0 || large.some((path) => !isWorking(path) || hasSlow(evidence, path))) return null;
  const bytes = Math.max(...large.map((path) => (path.path.probe.kind === 'tcp' ? path.path.probe.bytes : 0)));
  return `${Math.round(bytes / 1000)} kB cross each of ${count(large.length, 'way')} between nodes in ${duration(median(large))}`;
}

/** On the ways that work at all: not one connect needed a second SYN. */
function clearLoss(evidence: Evidence): string | null {
  const connects = evidence.paths.filter(
    (path) => isWorking(path) && (path.path.probe.kind === 'tcp' || path.path.probe.kind === 'http'),
  );
  const tried = connects.reduce((sum, path) => sum + path.answered.length, 0);
  if (tried < 20 || connects.some((path) => path.ladder.length > 0)) return null;
  const [, high] = proportion(0, tried).interval;
  return `none of ${tried} connects needed a SYN retransmission (loss below ${percent(high)})`;
}

function clearPolicy(evidence: Evidence): string | null {
  if (
    evidence.cluster.unread.some((gap) => /networkpolic/i.test(gap.what)) ||
    evidence.cluster.networking.unevaluated.length > 0
  )
    return null;
  const hops = hopsOf(evidence);
  if (hops.length === 0) return null;
  if (hops.every((hop) => expectationOf(evidence, hop.path).verdict === 'allow' && isWorking(hop.path))) {
    const isolated = hops.some((hop) => hop.expectation.policies.length > 0);
    return isolated
      ? `policy admits ${count(hops.length, 'hop')} to the pods, and all get through`
      : 'no NetworkPolicy isolates the pods that were asked';
  }
  const twins = hops.map((hop) => hop.twin).filter((twin) => twin !== null);
  return twins.length > 0 && twins.every(isWorking) ? 'pods with the same labels on the same nodes are reached' : null;
}

function hasSlow(evidence: Evidence, path: PathEvidence): boolean {
  return path.modes.some((mode) => mode.ms >= evidence.slowAfterMs);
}

function median(paths: readonly PathEvidence[]): number {
  const all = paths
    .map((path) => path.median('total'))
    .filter((ms) => ms !== null)
    .toSorted((a, b) => a - b);
  return all[Math.floor(all.length / 2)] ?? 0;
}
