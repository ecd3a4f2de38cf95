/** What new pods meet, told where the run's own pods met it: no fault of what was asked about, and the lot of whatever starts next. */
import type { Limitation } from '../../model/cluster.ts';
import { count, duration } from '../../model/format.ts';
import type { Evidence } from '../evidence/evidence.ts';

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
