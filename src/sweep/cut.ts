/** What one target has of a measurement that served many, under the target's own names. Pure. */
import type { Hello, Sample } from '../../probes/wire.ts';
import type { Collected } from '../collect/collect.ts';
import type { Measured } from '../measure.ts';
import type { Limitation } from '../model/cluster.ts';
import type { Share } from '../plan/merge.ts';
import { tellsSomething } from '../judge/evidence/usable.ts';

/** A measurement that is looked into many times. */
export interface Indexed {
  readonly measured: Measured;
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  readonly hellos: ReadonlyMap<string, Hello>;
}

export function indexed(measured: Measured): Indexed {
  return {
    measured,
    samples: Map.groupBy(measured.parts.samples, ({ path }) => path),
    hellos: new Map(measured.parts.hellos.map((hello) => [hello.agent, hello])),
  };
}

export function cutOut({ measured, samples, hellos }: Indexed, { paths, agents }: Share): Measured {
  const { parts, limitations, ended } = measured;
  const own = <M extends { readonly agent: string }>(heard: readonly M[]) =>
    heard.flatMap((each) => {
      const agent = agents.get(each.agent);
      if (agent === undefined) return [];
      return agent === each.agent ? [each] : [{ ...each, agent }];
    });
  const cut: Collected = {
    hellos: own([...agents.keys()].flatMap((agent) => hellos.get(agent) ?? [])),
    samples: [...paths].flatMap(([name, path]) => {
      const asMerged = samples.get(name) ?? [];
      return name === path ? asMerged : asMerged.map((sample) => ({ ...sample, path }));
    }),
    arrivals: own(parts.arrivals),
    halfOpen: own(parts.halfOpen),
    byes: own(parts.byes),
    troubles: own(parts.troubles),
    nodeFacts: own(parts.nodeFacts),
    lostAgents: own(parts.lostAgents),
  };
  return { parts: cut, limitations: limitations.filter((limitation) => concerns(limitation, agents)), ended };
}

/** A limitation about an agent is that of its targets; any other is everybody's. */
function concerns({ subject }: Limitation, agents: Share['agents']): boolean {
  return subject?.kind !== 'agent' || agents.has(subject.agent);
}

/** Whether a first look has seen enough: each attempt has ended, or has waited so long that its target will be looked at again anyway. */
export function isSeen({ samples }: Indexed, planned: ReadonlyMap<string, number>): boolean {
  const isTelling = ({ outcome }: Sample) => tellsSomething(outcome);
  return [...planned].every(([path, count]) => (samples.get(path)?.filter(isTelling).length ?? 0) >= count);
}
