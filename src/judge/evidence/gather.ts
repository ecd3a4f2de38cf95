/** Recording → evidence: every summary made once, before any diagnosis looks. */
import type { Sample } from '../../../probes/wire.ts';
import type { Agent, Path } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import { differencesOf } from './differences.ts';
import type { Evidence, PathEvidence, Attempt } from './evidence.ts';
import { expectations } from './expectations.ts';
import { pathEvidence } from './path-evidence.ts';
import { birthOver, withoutFirstMoments } from './newborn.ts';
import { ownPod } from './own-pod.ts';
import { symptomsOf } from './symptoms.ts';
import { scheduleFrom } from './syn-schedule.ts';

/** Samples of paths that the plan does not have are ignored; paths whose agent it does not have are left out. */
export function gatherEvidence(recording: Recording): Evidence {
  const { cluster, target, slowAfterMs } = recording;
  const agents = new Map(recording.plan.agents.map((agent) => [agent.id, agent]));
  const paths = summarisePaths(recording, agents);
  const differences = differencesOf(paths, target, cluster);
  return {
    recording,
    cluster,
    target,
    slowAfterMs,
    paths,
    agents,
    expectations: expectations(recording, paths),
    differences,
    symptoms: symptomsOf(paths, differences, slowAfterMs),
  };
}

function summarisePaths(recording: Recording, agents: Evidence['agents']): PathEvidence[] {
  const attempts = attemptsByPath(recording.samples);
  const hellos = new Map(recording.hellos.map((hello) => [hello.agent, hello]));
  const schedules = new Map(recording.hellos.map((hello) => [hello.agent, scheduleFrom(hello.sysctls)]));
  const over = birthsOver(recording, agents);
  const lost = new Set(recording.lostAgents?.map(({ agent }) => agent));
  return recording.plan.paths.flatMap((path) => {
    const from = agents.get(path.from);
    if (from === undefined) return [];
    const to = path.to.kind === 'agent' ? (agents.get(path.to.agent) ?? null) : null;
    const grownAt = Math.max(over.get(from.id) ?? 0, over.get(to?.id ?? '') ?? 0);
    const own = (attempts.get(path.id) ?? []).filter(({ sample }) => sample.at >= grownAt);
    // A container in a pod that was there before is no newborn.
    const isYoung = (agent: Agent | null) => agent !== null && ownPod(recording, agent) === null;
    const born = [from, to].filter(isYoung).flatMap((agent) => hellos.get(agent?.id ?? '')?.at ?? []);
    return [
      pathEvidence({
        path,
        from,
        to,
        attempts:
          born.length === 0 || (from.kind === 'local' && to === null)
            ? own
            : withoutFirstMoments(own, Math.max(...born)),
        schedule: schedules.get(from.id) ?? null,
        slowAfterMs: recording.slowAfterMs,
        isFarEndLost: to !== null && lost.has(to.id),
      }),
    ];
  });
}

/** By agent: when a pod that was hindered on all paths at first had become like others. */
function birthsOver(recording: Recording, agents: Evidence['agents']): ReadonlyMap<string, number> {
  // What a node sends to its own pods passes every enforcer (networking/v1: traffic from the pod's local node), however young they are.
  const isExempt = ({ from, locality }: Path) => locality === 'same-node' && agents.get(from)?.kind === 'host';
  const ends = new Map(
    recording.plan.paths
      .filter((path) => !isExempt(path))
      .map(({ id, from, to }) => [id, to.kind === 'agent' ? [from, to.agent] : [from]]),
  );
  const touching = new Map<string, Sample[]>();
  for (const sample of recording.samples) {
    for (const agent of ends.get(sample.path) ?? []) {
      const known = touching.get(agent);
      if (known === undefined) touching.set(agent, [sample]);
      else known.push(sample);
    }
  }
  return new Map(
    recording.hellos.flatMap(({ agent: id, at }) => {
      const agent = agents.get(id);
      if (agent === undefined || agent.kind === 'local' || agent.identity.hostNetwork) return [];
      const over = ownPod(recording, agent) === null ? birthOver(touching.get(id) ?? [], at) : null;
      return over === null ? [] : [[id, over] as const];
    }),
  );
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
