import { duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { lateBy } from '../engine/shows.ts';
import type { Evidence, PathEvidence, Attempt } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { isLarge } from '../views/hops.ts';
import { lossOfSegments } from '../views/lost-segments.ts';
import { ownerOf } from '../views/owner.ts';
import { ends, line } from '../words/words.ts';

/** What comes before and after the handshake must be quicker by this much, else the whole host is slow. */
const CONTRAST = 5;
/** A slow mode must hold this share of the answers to be the handshake's, and not a moment's. */
const SLOW_SHARE = 0.3;
/** How far times spread beyond those seen. */
const SPREAD = 1.5;

export default defineDiagnosis<readonly PathEvidence[]>({
  id: 'slow-tls',
  class: 'application',
  layer: 'application',
  title: 'The TLS handshake takes that long',
  why: 'The connect is quick, and the answer is as soon as the connection is secured; the time passes in the handshake, inside whoever terminates TLS: private keys without a CPU, a key held elsewhere (HSM, vault), a certificate looked up or revoked online, a handshake queue.',
  test: 'Each attempt is a fresh connection whose phases are timed: connect, handshake and first byte of the same connection, with nothing retransmitted, beside an answer of kprobe on the same node.',
  remedy:
    'Look at who terminates TLS: its CPU limit and throttling, RSA keys where ECDSA would do, calls to a key store or an OCSP responder in the handshake; let clients reuse connections and resume sessions.',
  limits:
    'What the handshake waits for is not seen. A client that resumes its session or keeps its connection does not feel it.',
  experiments: ['entries', 'endpoints', 'service-address', 'identities', 'node-pairs'],
  suspects: (evidence) => {
    const slow = evidence.paths.filter((path) => isSlowInHandshake(evidence, path));
    return slow.length === 0 || lossOfSegments(evidence) !== null ? [] : [slow];
  },
  arm: (slow) => ({ paths: slow, fails: true }),
  contrasts: (slow, evidence) => {
    const [low] = boundsOf(evidence, slow);
    const around = Math.max(...slow.flatMap((path) => [path.median('connect') ?? 0, path.median('first-byte') ?? 0]));
    const besideMs = besideOf(evidence, slow);
    return [
      {
        label: 'Around it',
        holds: low >= CONTRAST * around,
        says: `on the same connections connect and first byte take up to ${duration(around)}`,
        attempts: slow.flatMap((path) => slowAttempts(evidence, path)).slice(0, 10),
        settles: '',
      },
      {
        label: 'Beside it',
        holds: besideMs === null ? null : low >= CONTRAST * besideMs,
        says: `kprobe on the same nodes answers the same sources in ${duration(besideMs ?? 0)}`,
        attempts: [],
        settles: 'Ask a probe pod that answers on the same node, while the nodes are not busy.',
      },
    ];
  },
  shows: (slow, evidence) => {
    const [low, high] = boundsOf(evidence, slow);
    return lateBy(low * 0.9, high * SPREAD);
  },
  blame: (slow, evidence) => {
    const [low, high] = boundsOf(evidence, slow);
    const entries = [
      ...new Set(slow.flatMap(({ path: { to } }) => (to.kind === 'entry' ? [to.node ?? to.address] : []))),
    ];
    return {
      title: `The TLS handshake takes ${low * 1.2 >= high ? duration(high) : `${duration(low)} to ${duration(high)}`}${entries.length === 0 ? '' : ` at the ingress on ${list(entries.toSorted())}`}`,
      object: ownerOf(evidence, slow),
      where: null,
      lines: [
        line(
          'Phases',
          list(
            slow
              .slice(0, 3)
              .map(
                (path) =>
                  `${ends(path)}: connect ${duration(path.median('connect') ?? 0)}, TLS ${duration(path.median('tls') ?? 0)}, first byte ${duration(path.median('first-byte') ?? 0)}`,
              ),
          ),
        ),
        line('Not', 'nothing was retransmitted on these connections'),
      ],
      fix: {
        says: 'Nothing to change in the network: look at the CPU of who terminates TLS, its kind of key, and what it calls during the handshake.',
        manifest: null,
      },
    };
  },
});

/** In a fair share of its answers the time passes in the handshake and nowhere else. */
function isSlowInHandshake(evidence: Evidence, path: PathEvidence): boolean {
  const { probe } = path.path;
  if (probe.kind !== 'http' || !probe.tls || path.from.kind === 'local' || path.timed.length === 0) return false;
  return slowAttempts(evidence, path).length >= SLOW_SHARE * path.timed.length;
}

function slowAttempts({ slowAfterMs }: Evidence, path: PathEvidence): Attempt[] {
  return path.timed.filter(({ sample: { phases, dataRetransmissions, synRetransmissions } }) => {
    const { connect = 0, tls = 0, 'first-byte': firstByte = 0 } = phases;
    const isElsewhere = connect >= slowAfterMs || firstByte >= slowAfterMs;
    return tls >= slowAfterMs && !isElsewhere && dataRetransmissions === 0 && synRetransmissions === 0;
  });
}

/** Quickest and slowest of the slow handshakes, milliseconds. */
function boundsOf(evidence: Evidence, slow: readonly PathEvidence[]): readonly [number, number] {
  const times = slow.flatMap((path) => slowAttempts(evidence, path).map(({ sample }) => sample.phases.tls ?? 0));
  return [Math.min(...times), Math.max(...times)];
}

/** The quickest median of kprobe's own answers on the same nodes to the same sources, milliseconds; null: none was measured. */
function besideOf(evidence: Evidence, slow: readonly PathEvidence[]): number | null {
  const sources = new Set(slow.map(({ from }) => from.id));
  const nodes = new Set(slow.flatMap(({ path: { to } }) => ('node' in to && to.node !== null ? [to.node] : [])));
  const medians = evidence.paths
    .filter((path) => sources.has(path.from.id) && path.to !== null && nodes.has(path.to.node ?? '') && !isLarge(path))
    .filter(isWorking)
    .flatMap((path) => path.median('total') ?? []);
  return medians.length === 0 ? null : Math.min(...medians);
}
