/** What new pods meet, told where the run's own pods met it: no fault of what was asked about, and the lot of whatever starts next. */
import type { Limitation } from '../../model/cluster.ts';
import { count, duration, list } from '../../model/format.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { ownPod } from '../evidence/own-pod.ts';
import { isWorking } from '../evidence/state.ts';
import { isEnforced } from '../policy/engines.ts';

export function birthLimitations({ births, cluster: { networking } }: Evidence): Limitation[] {
  const isKnown = networking.enforcer !== 'unknown' && networking.enforcer !== 'none';
  const who = isKnown ? `policies or routes (enforcer: ${networking.enforcer})` : 'routes or policies';
  return [true, false].flatMap((isHindered): Limitation[] => {
    const alike = births.filter((birth) => birth.isHindered === isHindered);
    if (alike.length === 0) return [];
    const met = isHindered ? 'what got through later did not get through' : 'what was denied later still got through';
    return [
      {
        what: `${count(alike.length, 'probe pod')} in ${alike.length === 1 ? 'its' : 'their'} first ${duration(Math.max(...alike.map(({ ms }) => ms)))}`,
        because: `${met}: ${who} reach a new pod late, and others that start meet the same`,
      },
    ];
  });
}

/**
 * A twin gets out to where a policy of the client's does not let it: its node may not know it yet, and then nothing was learnt of the pod that
 * has long run. What others admit or deny is kept where they are, and they are no newborns.
 */
export function unpolicedLimitations(evidence: Evidence): Limitation[] {
  if (isEnforced(evidence.cluster.networking) === 'no') return [];
  const byClient = Map.groupBy(
    evidence.paths.filter((path) => isUnpoliced(evidence, path)),
    ({ from }) => from.id,
  );
  return [...byClient.values()].map((paths) => {
    const of = paths[0]?.from.of;
    const policies = paths.flatMap((path) => expectationOf(evidence, path).policies);
    const names = new Set(policies.map(({ namespace, name }) => `${namespace}/${name}`));
    return {
      what: `what ${of?.namespace}/${of?.name} itself gets, which NetworkPolicy ${list([...names].toSorted())} denies`,
      because:
        'a twin of it got through, and its node may not police a pod as new as that; --inside asks from the pod itself',
    };
  });
}

function isUnpoliced(evidence: Evidence, measured: PathEvidence): boolean {
  const { path, from } = measured;
  const isNew = from.underTest && from.of !== null && ownPod(evidence.recording, from) === null;
  const { verdict, direction } = expectationOf(evidence, measured);
  return isNew && path.userFacing && isWorking(measured) && verdict === 'deny' && direction === 'egress';
}
