/** Certificates that clients refuse, as they were presented where clients meet them. */
import type { Certificate } from '../../../probes/wire.ts';
import type { Limitation } from '../../model/cluster.ts';
import type { Evidence, PathEvidence, Attempt } from '../evidence/evidence.ts';
import { ofBothFamilies } from '../evidence/families.ts';

/** Why a client that verifies would refuse it. That its authority is not known to everybody is none: in-house ones are not. */
export type Defect = 'expired' | 'not-yet-valid' | 'other-host' | 'incomplete';

/** One handshake that came to its end. */
export interface Presented {
  readonly path: PathEvidence;
  readonly attempt: Attempt;
  readonly certificate: Certificate;
}

export interface BadCertificates {
  /** Of all of them alike, the gravest first. */
  readonly defects: readonly [Defect, ...Defect[]];
  readonly presented: readonly [Presented, ...Presented[]];
  /** Handshakes at the same kind of place whose certificate has no defect. */
  readonly good: readonly Presented[];
}

/** By what is wrong with them. */
export function badCertificates(evidence: Evidence): BadCertificates[] {
  const all = presentedToClients(evidence).map((each) => ({ ...each, defects: defectsOf(evidence, each) }));
  const good = all.filter(({ defects }) => defects.length === 0);
  if (good.some(({ path }) => isBalancer(path))) return [];
  return [...Map.groupBy(all, ({ defects }) => defects.join(' ')).values()].flatMap((presented) => {
    const [first, ...more] = presented;
    const [defect, ...others] = first?.defects ?? [];
    if (first === undefined || defect === undefined) return [];
    return [{ defects: [defect, ...others] as const, presented: [first, ...more] as const, good }];
  });
}

/** What is said and no fault: nobody but its holder vouches for what users are shown, and who was told to trust it is not known. */
export function trustLimits(evidence: Evidence): Limitation[] {
  const { kind, host } = evidence.target;
  const isPublic = kind === 'ingress' || kind === 'external';
  const all = isPublic ? presentedToClients(evidence) : [];
  if (!all.some(({ certificate }) => certificate.isSelfSigned)) return [];
  return [
    {
      what: `whether clients trust the certificate of ${host ?? 'the target'}`,
      because: 'it is signed by itself, so only those do that were told to; kprobe verifies none',
    },
  ];
}

/** At the entries; of what has none, wherever it answers. What a proxy is shown behind them it does not verify, unless it is told to. */
function presentedToClients(evidence: Evidence): Presented[] {
  const { kind } = evidence.target;
  return ofBothFamilies(evidence)
    .filter(({ path }) => kind !== 'ingress' || path.to.kind === 'entry')
    .flatMap((path) =>
      path.attempts.flatMap((attempt) => {
        const { certificate } = attempt.sample;
        return certificate === undefined ? [] : [{ path, attempt, certificate }];
      }),
    );
}

/** A load balancer outside the nodes: where it ends TLS with a good certificate, it is the only one to see what proxies behind it present. */
function isBalancer({ path: { to } }: PathEvidence): boolean {
  return to.kind === 'entry' && to.node === null;
}

function defectsOf(evidence: Evidence, { certificate, attempt }: Presented): Defect[] {
  const { validity, isForHost, isIncomplete } = certificate;
  return [
    ...(validity !== 'valid' && isSameClock(evidence, attempt) ? [validity] : []),
    ...(isForHost === false && isAskedByHost(evidence, certificate) ? (['other-host'] as const) : []),
    ...(isIncomplete ? (['incomplete'] as const) : []),
  ];
}

/** More than any run lasts: the vantage's clock, by which validity was told, and the controller's tell one day. Milliseconds. */
const SAME_CLOCK_MS = 3_600_000;

function isSameClock({ recording }: Evidence, { sample }: Attempt): boolean {
  return Math.abs(sample.at - Date.parse(recording.startedAt)) <= SAME_CLOCK_MS;
}

/**
 * Clients of a Service may ask by another of its names than kprobe does, unless the user wrote it; and one that accepts a certificate that nobody
 * vouches for inside the cluster has been told to accept this very one, or any.
 */
function isAskedByHost({ target }: Evidence, { isSelfSigned }: Certificate): boolean {
  if (target.kind === 'ingress' || target.kind === 'external') return true;
  return target.isHostWritten === true && !isSelfSigned;
}
