/** The scheduled sweep, where one is installed: whether it comes round, and how it ended last. */
import type { ApiObject, ClusterClient } from '../api/cluster-client.ts';
import { flagAt, listAt, textAt } from '../api/fields.ts';
import { KINDS } from '../install/kinds.ts';
import { HISTORY_CLAIM, SWEEP } from '../install/names.ts';
import { parseSchedule } from '../install/schedule.ts';
import { SWEEP_LABEL } from '../install/sweep-manifests.ts';
import { CONTROL_NAMESPACE } from '../place/names.ts';
import type { Check } from './check.ts';

/** What the controller may take on top of the schedule, with room for a clock that is a little off. */
const LATE_MS = 120_000;
const RESUME = `kubectl patch cronjob ${SWEEP} -n ${CONTROL_NAMESPACE} -p '{"spec":{"suspend":false}}'`;
const SWEEP_PODS = Object.entries(SWEEP_LABEL).map(([key, value]) => `${key}=${value}`);
const LOOK = `kubectl describe jobs -n ${CONTROL_NAMESPACE}; kubectl logs -n ${CONTROL_NAMESPACE} -l ${SWEEP_PODS.join()} --tail=20`;

/** Nothing where none is installed. `nowMs`: the API server's clock, Unix milliseconds. */
export async function checkSweep(client: ClusterClient, nowMs: number): Promise<Check[]> {
  const got = await client.get(KINDS.CronJob, { namespace: CONTROL_NAMESPACE, name: SWEEP });
  if (got.ok) {
    const last = lastRun(got.value);
    return [comesRound(got.value, nowMs), ...(last === null ? [] : [last]), ...(await volume(client, got.value))];
  }
  if (got.problem.status === 404) return [];
  const says = `whether one is scheduled may not be read: ${got.problem.message}`;
  return [{ section: 'sweep', what: SWEEP, state: 'left-out', says, todo: null }];
}

/** Whether it runs when it should. */
function comesRound(cronJob: ApiObject, nowMs: number): Check {
  const text = textAt(cronJob, 'spec', 'schedule') ?? '';
  const check = { section: 'sweep', what: `schedule ${text}` } as const;
  if (flagAt(cronJob, 'spec', 'suspend'))
    return { ...check, state: 'failed', says: 'it is suspended: nothing is swept', todo: RESUME };
  const image = textAt(containerOf(cronJob), 'image') ?? 'no image';
  const last = timeAt(cronJob, 'status', 'lastScheduleTime');
  const due = dueAfter(cronJob, last ?? timeAt(cronJob, 'metadata', 'creationTimestamp') ?? nowMs);
  if (due !== null && due + LATE_MS < nowMs && !isUnderWay(cronJob)) {
    const says = `it was due at ${instant(due)} and has not begun since`;
    return { ...check, state: 'failed', says, todo: `kubectl describe cronjob ${SWEEP} -n ${CONTROL_NAMESPACE}` };
  }
  const before = last === null ? 'it has not run yet' : `last at ${instant(last)}`;
  return {
    ...check,
    state: 'ok',
    says: `${before}, next at ${due === null ? '?' : instant(due)}, in ${image}`,
    todo: null,
  };
}

/** When the run after this moment should be; null: the schedule is of a kind that is not known here. */
function dueAfter(cronJob: ApiObject, atMs: number): number | null {
  const [schedule, timeZone] = [textAt(cronJob, 'spec', 'schedule') ?? '', textAt(cronJob, 'spec', 'timeZone')];
  try {
    return parseSchedule(schedule, timeZone, new Date(atMs)).nextAfter(new Date(atMs))?.getTime() ?? null;
  } catch {
    return null;
  }
}

/** How the last one ended. A sweep that finds faults succeeds; one that fails did not take place. null: there was none. */
function lastRun(cronJob: ApiObject): Check | null {
  const [begun, done] = [
    timeAt(cronJob, 'status', 'lastScheduleTime'),
    timeAt(cronJob, 'status', 'lastSuccessfulTime'),
  ];
  if (begun === null) return null;
  const check = { section: 'sweep', what: 'last sweep' } as const;
  if (done !== null && done >= begun) return { ...check, state: 'ok', says: `done at ${instant(done)}`, todo: null };
  if (isUnderWay(cronJob)) return { ...check, state: 'ok', says: `under way since ${instant(begun)}`, todo: null };
  const since =
    done === null ? 'none has ever come to its end' : `the last that came to its end did so at ${instant(done)}`;
  return { ...check, state: 'failed', says: `that of ${instant(begun)} failed; ${since}`, todo: LOOK };
}

/** While one goes on, the next does not begin. */
function isUnderWay(cronJob: ApiObject): boolean {
  return listAt(cronJob, 'status', 'active').length > 0;
}

/** A volume that waits for its first pod is as it should be before the first sweep. */
async function volume(client: ClusterClient, cronJob: ApiObject): Promise<Check[]> {
  const volumes = listAt(cronJob, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'volumes');
  if (!volumes.some((each) => textAt(each, 'persistentVolumeClaim', 'claimName') === HISTORY_CLAIM)) return [];
  const check = { section: 'sweep', what: `volume ${HISTORY_CLAIM}` } as const;
  const got = await client.get(KINDS.PersistentVolumeClaim, { namespace: CONTROL_NAMESPACE, name: HISTORY_CLAIM });
  if (!got.ok) {
    const state = got.problem.status === 404 ? 'failed' : 'left-out';
    const says = state === 'failed' ? 'it does not exist: no sweep can start' : got.problem.message;
    return [{ ...check, state, says, todo: state === 'failed' ? 'kprobe install --schedule … makes it' : null }];
  }
  const phase = textAt(got.value, 'status', 'phase') ?? 'unknown';
  const isWaiting = phase === 'Pending' && timeAt(cronJob, 'status', 'lastScheduleTime') === null;
  if (phase === 'Bound' || isWaiting) return [{ ...check, state: 'ok', says: phase, todo: null }];
  const todo = `kubectl describe pvc ${HISTORY_CLAIM} -n ${CONTROL_NAMESPACE}; --storage-class or --history none avoid it`;
  return [{ ...check, state: 'failed', says: `${phase}: no sweep can start`, todo }];
}

function containerOf(cronJob: ApiObject): unknown {
  return listAt(cronJob, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers')[0];
}

function timeAt(object: ApiObject, ...path: readonly string[]): number | null {
  const ms = Date.parse(textAt(object, ...path) ?? '');
  return Number.isFinite(ms) ? ms : null;
}

/** 2026-01-01 06:00:00Z */
function instant(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+/, '');
}
