/**
 * What probe pods met at their birth, and what is left when that is set aside: routes, addresses and policies reach a new pod a
 * while after it starts, and what it meets until then is no other pod's lot.
 */
import type { Sample } from '../../../probes/wire.ts';
import type { Agent, Path } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import type { Attempt, Birth } from './evidence.ts';
import { birthOver, isTroubled, withoutFirstMoments } from './newborn.ts';
import { ownPod } from './own-pod.ts';

export interface Grown {
  /** By path id: the attempts that count. */
  readonly attempts: ReadonlyMap<string, readonly Attempt[]>;
  readonly births: readonly Birth[];
}

type Agents = ReadonlyMap<string, Agent>;

/** A turn on one path alone may be chance. */
const FEWEST_TURNS = 2;

export function grown(recording: Recording, agents: Agents): Grown {
  const all = attemptsByPath(recording.samples);
  const born = bornAt(recording, agents);
  const over = birthsOver(recording, { agents, born, all });
  const kept = new Map<string, readonly Attempt[]>();
  const early: Early[] = [];
  for (const path of recording.plan.paths) {
    const own = all.get(path.id) ?? [];
    const young = youngEnds(path).filter((id) => born.has(id));
    const grownAt = Math.max(0, ...young.map((id) => over.get(id) ?? 0));
    const hindered = own.filter(({ sample }) => sample.at < grownAt);
    const later = hindered.length === 0 ? own : own.filter(({ sample }) => sample.at >= grownAt);
    const births = young.map((id) => born.get(id) ?? 0);
    const after = births.length === 0 ? later : withoutFirstMoments(later, Math.max(...births));
    kept.set(path.id, after);
    const [whose] = young
      .filter((id) => agents.get(id)?.identity.hostNetwork === false)
      .toSorted((a, b) => (over.get(b) ?? 0) - (over.get(a) ?? 0));
    if (whose !== undefined && after.length < own.length) early.push({ whose, path, own, after });
  }
  return { attempts: kept, births: birthsOf(early, { agents, born, over }) };
}

/** A path of which attempts were set aside, and the pod whose birth it was. */
interface Early {
  readonly whose: string;
  readonly path: Path;
  readonly own: readonly Attempt[];
  readonly after: readonly Attempt[];
}

interface Ages {
  readonly agents: Agents;
  /** First words, Unix milliseconds. */
  readonly born: ReadonlyMap<string, number>;
  /** When a birth that hindered everything was over. */
  readonly over: ReadonlyMap<string, number>;
}

function birthsOf(early: readonly Early[], { agents, born, over }: Ages): Birth[] {
  return [...Map.groupBy(early, ({ whose }) => whose)].flatMap(([id, paths]) => {
    const agent = agents.get(id);
    if (agent === undefined) return [];
    return ([true, false] as const).flatMap((isHindered): Birth[] => {
      const attempts = paths.flatMap(({ own, after }) => {
        const counts = new Set(after);
        const isAll = over.has(id);
        return own.filter((attempt) => !counts.has(attempt) && (isAll || isTroubled(attempt.sample)) === isHindered);
      });
      const turns = new Set(attempts.map(({ sample }) => sample.path)).size;
      if (turns < FEWEST_TURNS) return [];
      const lastAt = Math.max(...attempts.map(({ sample }) => sample.at));
      return [{ agent, isHindered, ms: Math.max(0, lastAt - (born.get(id) ?? lastAt)), attempts }];
    });
  });
}

/** First words of the pods that this run made, with a network of their own: a container in a pod that was there is no newborn. */
function bornAt(recording: Recording, agents: Agents): ReadonlyMap<string, number> {
  return new Map(
    recording.hellos.flatMap(({ agent: id, at }) => {
      const agent = agents.get(id);
      return agent !== undefined && agent.kind !== 'local' && ownPod(recording, agent) === null ? [[id, at]] : [];
    }),
  );
}

/** By agent: when a pod that was hindered on all paths at first had become like others. */
function birthsOver(
  { plan }: Recording,
  { agents, born, all }: Omit<Ages, 'over'> & { readonly all: ReadonlyMap<string, readonly Attempt[]> },
): ReadonlyMap<string, number> {
  // What a node sends to its own pods passes every enforcer (networking/v1: traffic from the pod's local node), however young they are.
  const isExempt = ({ from, locality }: Path) => locality === 'same-node' && agents.get(from)?.kind === 'host';
  const touching = new Map<string, Sample[]>();
  for (const path of plan.paths.filter((each) => !isExempt(each))) {
    for (const id of youngEnds(path)) {
      const known = touching.get(id) ?? [];
      for (const { sample } of all.get(path.id) ?? []) known.push(sample);
      touching.set(id, known);
    }
  }
  return new Map(
    [...born].flatMap(([id, at]) => {
      // The host network was there before.
      if (agents.get(id)?.identity.hostNetwork === true) return [];
      const over = birthOver(touching.get(id) ?? [], at);
      return over === null ? [] : [[id, over] as const];
    }),
  );
}

/** The agents at the ends of a path, who asks first. */
function youngEnds({ from, to }: Path): string[] {
  return to.kind === 'agent' ? [from, to.agent] : [from];
}

function attemptsByPath(samples: readonly Sample[]): Map<string, Attempt[]> {
  const attempts = new Map<string, Attempt[]>();
  samples.forEach((sample, index) => {
    const list = attempts.get(sample.path);
    if (list === undefined) attempts.set(sample.path, [{ index, sample }]);
    else list.push({ index, sample });
  });
  return attempts;
}
