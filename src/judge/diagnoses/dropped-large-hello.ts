import { atPort, duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence, Attempt } from '../evidence/evidence.ts';
import { isHung, isWorking } from '../evidence/state.ts';
import { largePaths } from '../views/packet-sizes.ts';
import { ends } from '../words/words.ts';

export default defineDiagnosis({
  id: 'dropped-large-hello',
  class: 'retransmit-drop',
  layer: 'network',
  title: 'A ClientHello of two segments does not get through',
  why: 'Clients of the last years offer a post-quantum key (X25519MLKEM768, 1.2 kB), so their ClientHello no longer fits one segment. A load balancer, firewall or SNI router that looks for the host name in the first segment alone drops or resets such connections: new browsers and new programs hang or fail in the handshake, older ones and curl do not.',
  test: 'The same vantage makes the same handshake twice, with a hello of one segment and with one of two: the large one dies in the handshake, the small one is answered.',
  remedy:
    'Update what inspects TLS on the way, or let it pass what it cannot read; until then switch the post-quantum key off at the client (its list of groups).',
  limits: 'Which device on the way does it is not seen. Where large packets vanish in general, that is mtu-black-hole.',
  experiments: ['hello-sizes', 'packet-sizes'],
  suspects: (evidence) => {
    const dead = evidence.paths.filter((path) => helloOf(path) === 'large' && diesInHandshake(path));
    return dead.length === 0 ? [] : [dead];
  },
  arm: (dead) => ({ paths: dead, fails: true }),
  contrasts: (dead, evidence) => {
    const small = dead.map((path) => smallBeside(evidence, path));
    const answered = small.filter((path) => path !== null).filter(isWorking);
    const isHungAnyway = largePaths(evidence).some(isHung);
    return [
      {
        label: 'Small hello',
        holds: small.some((path) => path === null || path.state === 'unmeasured')
          ? null
          : answered.length === dead.length,
        says: `with a hello of one segment the same vantages are answered in ${duration(answered[0]?.median('total') ?? 0)}`,
        attempts: answered.flatMap((path) => path.answered),
        settles: 'Make the handshake with one key only: openssl s_client -groups X25519 -connect HOST:443.',
      },
      // Whatever carries no large packet carries no large hello either.
      ...(isHungAnyway ? [{ label: 'Large packets', holds: false, says: '', attempts: [], settles: '' }] : []),
    ];
  },
  suffer: (dead, evidence) => {
    const places = new Set(dead.map(placeOf));
    return evidence.paths.filter(
      (path) => isTls(path) && places.has(placeOf(path)) && path.unanswered.some(isInHandshake),
    );
  },
  blame: (dead) => ({
    title: `A TLS ClientHello of two segments does not get through to ${list([...new Set(dead.map(placeOf))])}; one of a single segment does`,
    object: null,
    where: { from: dead[0]?.from.node ?? '?', to: dead[0] === undefined ? '?' : placeOf(dead[0]) },
    fix: {
      says: `Find what inspects TLS between ${dead[0] === undefined ? 'them' : ends(dead[0])} (load balancer, firewall, SNI router) and update it; it must put a ClientHello of several segments together (RFC 8446, 5.1).`,
      manifest: null,
    },
  }),
});

function helloOf({ path: { probe } }: PathEvidence): 'small' | 'large' | null {
  return probe.kind === 'http' ? (probe.hello ?? null) : null;
}

function isTls({ path: { probe } }: PathEvidence): boolean {
  return probe.kind === 'http' && probe.tls;
}

/** Each attempt: the connection stood, and ended in the handshake. */
function diesInHandshake(path: PathEvidence): boolean {
  return path.answered.length === 0 && path.unanswered.length > 0 && path.unanswered.every(isInHandshake);
}

function isInHandshake({ sample: { outcome } }: Attempt): boolean {
  return 'phase' in outcome && outcome.phase === 'tls';
}

function smallBeside({ paths }: Evidence, large: PathEvidence): PathEvidence | null {
  return (
    paths.find(
      (path) => helloOf(path) === 'small' && path.from.id === large.from.id && placeOf(path) === placeOf(large),
    ) ?? null
  );
}

function placeOf({ path: { to } }: PathEvidence): string {
  return 'address' in to ? atPort(to.address, to.port) : '';
}
