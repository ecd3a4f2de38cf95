/** The verdict's one sentence, and the summary of each path. */
import type { HttpAnswer } from '../../../probes/wire.ts';
import { count, duration, list } from '../../model/format.ts';
import type { Finding, PathSummary, Verdict } from '../../model/verdict.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { placeName } from '../evidence/redirects.ts';
import { nameOfDestination } from './words.ts';
import { thousandths } from '../../model/thousandths.ts';
import { ofBothFamilies } from '../evidence/families.ts';

/** From here on an HTTP answer is no page (RFC 9110, 15.4: redirects, which are not followed; 15.5: errors). */
const LOWEST_TOLD = 300;

export function summarise(evidence: Evidence, status: Verdict['status'], findings: readonly Finding[]): string {
  const users = ofBothFamilies(evidence).filter((path) => path.path.userFacing);
  const tried = users.reduce((sum, path) => sum + path.answered.length + path.unanswered.length, 0);
  const bad = evidence.symptoms.length;
  const told = onlyAnswerOf(users);
  const how = told === null ? 'normally' : `alike, with ${told}`;
  const others = told === null ? '' : `; all answers were ${told}`;
  const seen =
    bad === 0
      ? `${tried} of ${tried} attempts answered ${how}`
      : `${bad} of ${tried} attempts were slow or failed${others}`;
  switch (status) {
    case 'healthy':
      return `${evidence.target.input} is healthy: ${seen}${typical(users)}${unseen(tried)}`;
    case 'faulty':
      return `${evidence.target.input}: ${seen}; ${count(findings.length, 'cause')} found: ${list(findings.map((finding) => finding.diagnosis))}`;
    case 'inconclusive':
      return tried === 0
        ? `${evidence.target.input} could not be measured`
        : `${evidence.target.input}: ${seen}; the cause is not settled`;
    default:
      return status satisfies never;
  }
}

/** An answer that says no, or go elsewhere, is an answer; that all of them do is worth a word. null: they do not. */
function onlyAnswerOf(users: readonly PathEvidence[]): string | null {
  const answers = new Set(users.flatMap(({ answered }) => answered.map(({ sample }) => toldOf(sample.http))));
  const [only] = answers;
  return answers.size === 1 ? (only ?? null) : null;
}

function toldOf(http: HttpAnswer | null): string | null {
  if (http === null || http.status < LOWEST_TOLD) return null;
  return `HTTP ${http.status}${http.redirect === undefined ? '' : ` to ${placeName(http.redirect)}`}`;
}

/** With 95 %, a fault of independent attempts shows in `tried` of them where its share is at least 1 - 0.05^(1/tried). */
function unseen(tried: number): string {
  if (tried === 0) return '';
  return `; a fault in ${Math.ceil(100 * (1 - 0.05 ** (1 / tried)))} % of attempts would have shown (95 %)`;
}

function typical(paths: readonly PathEvidence[]): string {
  const medians = paths.map((path) => path.median('total')).filter((ms) => ms !== null);
  if (medians.length === 0) return '';
  return `, typically in ${duration(medians.toSorted((a, b) => a - b)[Math.floor(medians.length / 2)] ?? 0)}`;
}

export function summarisePath(path: PathEvidence): PathSummary {
  const { from, to, lost } = path;
  const destination = path.path.to;
  return {
    id: path.path.id,
    from: { agent: from.id, kind: from.kind, node: from.node, identity: identityName(from) },
    to: {
      kind: to === null ? destination.kind : to.kind,
      name: nameOfDestination(path),
      address: 'address' in destination ? destination.address : null,
      node: 'node' in destination ? destination.node : null,
    },
    locality: path.path.locality,
    probe: path.path.id.split(' ').slice(3).join(' ') || path.path.probe.kind,
    samples: path.answered.length + path.unanswered.length,
    modes: path.modes.map((mode) => ({ ms: thousandths(mode.ms), share: thousandths(mode.share) })),
    lost: { share: thousandths(lost.share), interval: [thousandths(lost.interval[0]), thousandths(lost.interval[1])] },
    seenAs: [...path.seenAs],
  };
}

function identityName(agent: PathEvidence['from']): string {
  switch (agent.kind) {
    case 'local':
      return 'this machine';
    case 'control':
      return 'neutral';
    case 'host':
      return `node ${agent.node}`;
    case 'twin':
    case 'inside':
      return agent.of === null ? agent.identity.namespace : `${agent.of.namespace}/${agent.of.name}`;
    default:
      return agent.kind satisfies never;
  }
}
