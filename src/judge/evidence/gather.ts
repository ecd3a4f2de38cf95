/** Recording → evidence: every summary made once, before any diagnosis looks. */
import type { Sample } from '../../../probes/wire.ts';
import type { Recording } from '../../model/recording.ts';
import { differencesOf } from './differences.ts';
import type { Evidence, PathEvidence, Attempt } from './evidence.ts';
import { expectations } from './expectations.ts';
import { pathEvidence } from './path-evidence.ts';
import { withoutFirstMoments } from './newborn.ts';
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
  const lost = new Set(recording.lostAgents?.map(({ agent }) => agent));
  return recording.plan.paths.flatMap((path) => {
    const from = agents.get(path.from);
    if (from === undefined) return [];
    const to = path.to.kind === 'agent' ? (agents.get(path.to.agent) ?? null) : null;
    const own = attempts.get(path.id) ?? [];
    const born = [from, to].flatMap((agent) => hellos.get(agent?.id ?? '')?.at ?? []);
    return [
      pathEvidence({
        path,
        from,
        to,
        attempts: from.kind === 'local' && to === null ? own : withoutFirstMoments(own, Math.max(0, ...born)),
        schedule: schedules.get(from.id) ?? null,
        slowAfterMs: recording.slowAfterMs,
        isFarEndLost: to !== null && lost.has(to.id),
      }),
    ];
  });
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
