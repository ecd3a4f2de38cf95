/** Recording → evidence: every summary made once, before any diagnosis looks. */
import { isToClosedPort } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import { parted } from '../../model/parted.ts';
import { grown } from './births.ts';
import { whileItStood } from './departures.ts';
import { differencesOf } from './differences.ts';
import type { Evidence, PathEvidence, Attempt } from './evidence.ts';
import { expectations } from './expectations.ts';
import { isOfOtherFamily } from './families.ts';
import { pathEvidence } from './path-evidence.ts';
import { withResolvedNames } from './resolved-names.ts';
import { symptomsOf } from './symptoms.ts';
import { scheduleFrom } from './syn-schedule.ts';

/** Samples of paths that the plan does not have are ignored; paths whose agent it does not have are left out. */
export function gatherEvidence(told: Recording): Evidence {
  const recording = withResolvedNames(told);
  const { cluster, target, slowAfterMs } = recording;
  const agents = new Map(recording.plan.agents.map((agent) => [agent.id, agent]));
  const { attempts, births } = grown(recording, agents);
  const [all, closedPorts] = parted(summarisePaths(recording, agents, attempts), ({ path }) => !isToClosedPort(path));
  const [otherFamily, paths] = parted(all, isOfOtherFamily);
  const differences = differencesOf(all, target, cluster);
  return {
    recording,
    cluster,
    target,
    slowAfterMs,
    paths,
    otherFamily,
    closedPorts,
    agents,
    births,
    expectations: expectations(recording, [...all, ...closedPorts]),
    differences,
    symptoms: symptomsOf(all, differences, slowAfterMs),
  };
}

function summarisePaths(
  recording: Recording,
  agents: Evidence['agents'],
  attempts: ReadonlyMap<string, readonly Attempt[]>,
): PathEvidence[] {
  const schedules = new Map(recording.hellos.map((hello) => [hello.agent, scheduleFrom(hello.sysctls)]));
  const lost = new Set(recording.lostAgents?.map(({ agent }) => agent));
  return recording.plan.paths.flatMap((path) => {
    const from = agents.get(path.from);
    if (from === undefined) return [];
    const to = path.to.kind === 'agent' ? (agents.get(path.to.agent) ?? null) : null;
    return [
      pathEvidence({
        path,
        from,
        to,
        attempts: whileItStood(recording, path, attempts.get(path.id) ?? []),
        schedule: schedules.get(from.id) ?? null,
        slowAfterMs: recording.slowAfterMs,
        isFarEndLost: to !== null && lost.has(to.id),
      }),
    ];
  });
}
