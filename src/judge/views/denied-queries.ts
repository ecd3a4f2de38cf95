/** DNS queries that policy denies to a client and that were measured to fail, and the same query of a neutral identity beside them. */
import { hasPodIdentity } from '../../model/plan.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { behaviour } from '../words/words.ts';
import type { Contrast } from '../engine/diagnosis.ts';

type Transport = 'udp' | 'tcp';

/** It has the identity of the client that the question is about. */
export function isOfClient({ from }: PathEvidence): boolean {
  return hasPodIdentity(from) && from.underTest;
}

export function isQueryBy(transport: Transport, { path: { probe } }: PathEvidence): boolean {
  return probe.kind === 'dns' && probe.transport === transport;
}

/** By this transport, from whomever. */
export function deniedQueries(
  evidence: Evidence,
  transport: Transport,
  direction: 'ingress' | 'egress',
): PathEvidence[] {
  return evidence.paths.filter((path) => {
    const expectation = expectationOf(evidence, path);
    return (
      isQueryBy(transport, path) &&
      isBroken(path) &&
      expectation.verdict === 'deny' &&
      expectation.direction === direction
    );
  });
}

/** The same query to the same server from the control on the same node. */
export function queryOfControl(evidence: Evidence, path: PathEvidence): PathEvidence[] {
  const { probe } = path.path;
  return evidence.paths.filter(
    (other) =>
      other.from.kind === 'control' &&
      other.from.node === path.from.node &&
      isSameServer(other, path) &&
      JSON.stringify(other.path.probe) === JSON.stringify(probe),
  );
}

/** What the same source asked the same server by UDP, and was told. */
export function answeredByUdp(evidence: Evidence, path: PathEvidence): PathEvidence[] {
  return evidence.paths.filter(
    (other) =>
      other.from.id === path.from.id && isQueryBy('udp', other) && isSameServer(other, path) && isWorking(other),
  );
}

function isSameServer({ path: { to: a } }: PathEvidence, { path: { to: b } }: PathEvidence): boolean {
  return a.kind === 'dns-server' && b.kind === 'dns-server' && a.address === b.address && a.port === b.port;
}

/** What a client is denied on the way to DNS, as nearly all of them ask: by UDP. */
export function dnsDenied(evidence: Evidence): PathEvidence[] {
  return deniedQueries(evidence, 'udp', 'egress').filter(isOfClient);
}

export function dnsContrasts(denied: readonly PathEvidence[], evidence: Evidence): readonly Contrast[] {
  const control = denied.flatMap((path) => queryOfControl(evidence, path)).find(isWorking);
  return [
    {
      label: 'Control',
      holds: control === undefined ? null : true,
      says: `the same query from the same node with a neutral identity: ${control === undefined ? '' : behaviour(control)}`,
      attempts: control?.answered ?? [],
      settles: 'Ask the same servers from a control on the same node.',
    },
  ];
}

/** All that a client without DNS cannot do. */
export function dnsSufferers(_denied: readonly PathEvidence[], evidence: Evidence): PathEvidence[] {
  return evidence.paths.filter(
    (path) =>
      isOfClient(path) && (path.path.to.kind === 'resolver' || (path.path.to.kind === 'dns-server' && isBroken(path))),
  );
}
