/**
 * What says nothing of the cluster leaves the evidence, and a line says so: paths from this machine where it reaches no entry at all, since the
 * CLI may stand where the cluster cannot be reached; denials that policy means for everybody whom it does not name, met by the
 * neutral identity that kprobe has when nobody said whose view is asked for; and nameservers that nothing asks.
 */
import type { Limitation } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { idleSpares } from '../evidence/spare-nameserver.ts';
import { isBroken } from '../evidence/state.ts';
import { birthLimitations, unpolicedLimitations } from './birth.ts';
import { hairpinLimitations } from './hairpin.ts';
import { expectationOf } from '../evidence/expected.ts';
import { ends } from '../words/words.ts';
import { isIdling } from '../../model/plan.ts';
import { ofBothFamilies } from '../evidence/families.ts';

export interface SetApart {
  readonly evidence: Evidence;
  readonly limitations: Limitation[];
  /** The question itself could not be put: nothing may be called healthy. */
  readonly isUnasked: boolean;
}

export function setApart(evidence: Evidence): SetApart {
  const local = evidence.paths.filter((path) => path.from.kind === 'local' && path.state !== 'unmeasured');
  const isOutside = local.every((path) => path.answered.length === 0 && othersReach(evidence, path));
  // Where it reaches one of them, it stands where users stand: that another is closed to it is a symptom.
  const deaf = new Set(isOutside ? local : []);
  const all = ofBothFamilies(evidence);
  const denied = new Set(all.filter((path) => path.path.userFacing && isMeantDenial(evidence, path)));
  const spares = new Set(idleSpares(evidence));
  const wayless = evidence.otherFamily.filter(isWayless);
  const otherDeaf = new Set(isOutside ? evidence.otherFamily.filter(({ from }) => from.kind === 'local') : wayless);
  const gone = new Set([...deaf, ...otherDeaf, ...denied, ...spares]);
  const untold = evidence.target.kind === 'nodes' ? evidence.paths.filter(isUntold) : [];
  const unasked = [...hairpinLimitations(evidence), ...unpolicedLimitations(evidence), ...idleLimitations(evidence)];
  const ways = evidence.paths.filter(({ path }) => path.userFacing).length;
  return {
    evidence: {
      ...evidence,
      paths: evidence.paths.filter((path) => !deaf.has(path) && !spares.has(path)),
      otherFamily: evidence.otherFamily.filter((path) => !otherDeaf.has(path)),
      symptoms: evidence.symptoms.filter((symptom) => !gone.has(symptom.path)),
    },
    limitations: [
      ...localLimitation(deaf.size),
      ...(isOutside ? [] : waylessLimitation(wayless)),
      ...neutralLimitation(evidence, [...denied]),
      ...spareLimitations([...spares]),
      ...birthLimitations(evidence),
      ...unasked,
      ...(untold.length === 0
        ? []
        : [{ what: `${untold.length} of ${ways} node pairs`, because: 'nothing was told of them' }]),
    ],
    isUnasked: denied.size > 0 || unasked.length > 0 || evidence.recording.plan.limitations.some(isUserPath),
  };
}

/** What the user does was not measured: a path that only the client itself takes. */
function isUserPath({ subject }: Limitation): boolean {
  return subject?.kind === 'user-path';
}

/** A probe at one of its ends never spoke, or the run was cut short. */
function isUntold({ path, state }: PathEvidence): boolean {
  return path.userFacing && state === 'unmeasured';
}

function localLimitation(deaf: number): Limitation[] {
  if (deaf === 0) return [];
  return [
    {
      what: 'the way from this machine',
      because: 'nothing answers this machine there, while vantages in the cluster are answered',
    },
  ];
}

/** Who asked what becomes of connections that idle so long is told where none came to that: only then is one kept that ends at no endpoint. */
function idleLimitations({ paths }: Evidence): Limitation[] {
  const untold = paths.filter(
    ({ path, attempts }) =>
      isIdling(path) && path.to.kind !== 'backend' && !attempts.some(({ sample }) => sample.kept !== undefined),
  );
  return untold.map((path) => ({
    what: `what a connection meets that was kept idle: ${ends(path)}`,
    because: 'none was used again: the run was over before, or its first request was not answered',
  }));
}

/** It is said, for the day on which the first one is gone. */
function spareLimitations(spares: readonly PathEvidence[]): Limitation[] {
  const byServer = Map.groupBy(spares, ({ path: { to } }) => ('address' in to ? to.address : ''));
  return [...byServer].map(([address, paths]) => {
    const clients = [...new Set(paths.map(({ from: { of } }) => `${of?.namespace}/${of?.name}`))];
    return {
      what: `lookups of ${list(clients)} without its first nameserver`,
      because: `${address}, further down its resolv.conf, does not answer; nothing asks it as long as the first one answers`,
    };
  });
}

function neutralLimitation(evidence: Evidence, denied: readonly PathEvidence[]): Limitation[] {
  const policies = new Set(
    denied.flatMap((path) =>
      expectationOf(evidence, path).policies.map((policy) => `${policy.namespace}/${policy.name}`),
    ),
  );
  if (policies.size === 0) return [];
  if (evidence.target.kind === 'nodes') {
    const because = `NetworkPolicy ${list([...policies].toSorted())} denies kprobe's own probe pods; admit namespace ${denied[0]?.from.identity.namespace}, or ask with --network host`;
    return [{ what: `${denied.length} node pairs`, because }];
  }
  const because = `NetworkPolicy ${list([...policies].toSorted())} admits only whom it names, and no client was named: ask with --from NAMESPACE/WORKLOAD`;
  return [{ what: `${evidence.target.input} as one of its clients sees it`, because }];
}

/** This machine itself has no route by the family: that tells nothing of who has one. */
function isWayless({ from, attempts }: PathEvidence): boolean {
  return (
    from.kind === 'local' &&
    attempts.length > 0 &&
    attempts.every(({ sample: { outcome } }) => outcome.kind === 'unreachable' && outcome.code === 'ENETUNREACH')
  );
}

function waylessLimitation([first]: readonly PathEvidence[]): Limitation[] {
  if (first === undefined) return [];
  const { to } = first.path;
  const family = 'address' in to && !to.address.includes(':') ? 'IPv4' : 'IPv6';
  return [{ what: `entries by ${family} from this machine`, because: `it has no way by ${family} itself` }];
}

/** Denied to a neutral identity, as the policy says. */
function isMeantDenial(evidence: Evidence, path: PathEvidence): boolean {
  return path.from.kind === 'control' && isBroken(path) && expectationOf(evidence, path).verdict === 'deny';
}

/** Connected is enough: an entry that answers the connect and then takes 15 s is reached. */
function othersReach(evidence: Evidence, path: PathEvidence): boolean {
  const to = path.path.to;
  if (!('address' in to)) return false;
  const neverConnected = path.attempts.every(
    ({ sample }) => 'phase' in sample.outcome && sample.outcome.phase === 'connect',
  );
  if (!neverConnected) return false;
  return evidence.paths.some(
    (other) =>
      other.from.kind !== 'local' &&
      'address' in other.path.to &&
      other.path.to.address === to.address &&
      other.attempts.some(({ sample }) => sample.phases['first-byte'] !== undefined),
  );
}
