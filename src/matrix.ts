/** `kprobe matrix`, on one page: discover → plan → place → collect → judge, for the node pairs. Rendering is the command's. */
import { randomBytes } from 'node:crypto';
import { selectNodes } from './discover/select-nodes.ts';
import { mayStop } from './judge/engine/early-stop.ts';
import type { Judgement } from './judge/judge.ts';
import { examineMatrix, matrixReport } from './judge/matrix/report.ts';
import { lastWordsMs, limitsOf, openCluster, podsOf, readCluster, recordingOf, startMeasuring } from './measure.ts';
import type { Cluster } from './model/cluster.ts';
import type { MatrixReport } from './model/matrix.ts';
import type { Recording } from './model/recording.ts';
import { unreadOf } from './model/unread.ts';
import type { MatrixRequest } from './model/request.ts';
import { UserError } from './model/user-error.ts';
import { bundleAgent } from './place/bundle.ts';
import { meshCluster } from './plan/mesh/mesh-cluster.ts';
import { meshTarget, planMesh } from './plan/mesh/plan-mesh.ts';

/** Judging while samples come must not disturb the machine that also measures: a look every so often, and a tenth of the time at most. */
const LOOK_EVERY_MS = 500;
const LOOK_SHARE = 0.1;
/** After the last probe that has spoken, so long is waited for those that have not before anything is called settled without them. */
const STRAGGLERS_MS = 20_000;
/** For the whole run, where the user says nothing; and of that for each pod, which takes four requests of the 38 a second that the API server is asked for. */
const USUAL_MS = 300_000;
const A_POD_MS = 200;
const BEGINNING_MS = 120_000;

export interface Measured {
  readonly report: MatrixReport;
  readonly recording: Recording;
}

export async function matrix(request: MatrixRequest): Promise<Measured> {
  const { reportProgress, slowAfterMs, image, pull } = request;
  const startedAt = new Date();
  const run = randomBytes(4).toString('hex');
  using reading = limitsOf(request.timeoutMs ?? USUAL_MS, request.signal);
  const client = await openCluster(request, reading);
  try {
    reportProgress({ kind: 'stage', stage: 'discover', says: `reading ${client.server}` });
    const chosen = request.nodes === null ? null : await selectNodes(client, request.nodes);
    const [whole, bundle] = await Promise.all([readCluster(client, reading), bundleAgent()]);
    const cluster = meshCluster(whole, chosen ?? new Set(whole.nodes.map(({ name }) => name)));
    refuseEmpty(cluster);
    const timeoutMs =
      request.timeoutMs ??
      Math.max(USUAL_MS, BEGINNING_MS + cluster.nodes.length * A_POD_MS * (request.networks?.length ?? 1));
    const leftMs = timeoutMs - (Date.now() - startedAt.getTime());
    using limits = limitsOf(Math.max(0, leftMs), request.signal, lastWordsMs(cluster.nodes.length));

    const { plan, ...mesh } = planMesh(cluster, { ...request, run, deadlineMs: timeoutMs });
    reportProgress({ kind: 'stage', stage: 'plan', says: mesh.design.says });
    const schedules = Object.values(plan.assignments).flatMap((assignment) => assignment.schedules);
    const planned = new Map(schedules.map(({ path, count }) => [path, count]));
    const facts = { run, startedAt, slowAfterMs, target: meshTarget(request.nodes), cluster, plan };
    const measuredAs = (recording: Recording, judgement: Judgement): Measured => ({
      report: matrixReport(recording, { ...request, ...mesh }, judgement),
      recording,
    });

    await using measurement = await startMeasuring({ client, plan, run, image, pull, bundle, limits, reportProgress });
    let [lastHelloAt, hellos] = [null as number | null, 0];
    let nextLookAt = 0;
    for await (const measured of measurement.updates()) {
      const now = Date.now();
      if (measured.parts.hellos.length > hellos) [lastHelloAt, hellos] = [now, measured.parts.hellos.length];
      const isEverybody = measured.parts.hellos.length >= podsOf(plan);
      const isLate = lastHelloAt !== null && now - lastHelloAt >= STRAGGLERS_MS;
      if (now < nextLookAt || (!isEverybody && !isLate)) continue;
      const recording = recordingOf(facts, measured, now);
      const judgement = examineMatrix(recording);
      if (mayStop(judgement, recording, planned)) return measuredAs(recording, judgement);
      nextLookAt = Date.now() + Math.max(LOOK_EVERY_MS, (Date.now() - now) / LOOK_SHARE);
    }
    const recording = recordingOf(facts, await measurement.finish(), Date.now());
    reportProgress({ kind: 'stage', stage: 'judge', says: `${recording.samples.length} samples` });
    return measuredAs(recording, examineMatrix(recording));
  } finally {
    await client.close();
  }
}

/** Throws UserError where there is no node to stand on. */
function refuseEmpty(cluster: Cluster): void {
  const { nodes } = cluster;
  if (nodes.some(({ ready }) => ready)) return;
  const limitation = unreadOf(cluster, 'nodes');
  if (limitation !== null)
    throw new UserError(`The nodes cannot be listed: ${limitation.because}`, {
      hint: 'kprobe doctor shows the rights that a run needs',
    });
  const says = nodes.length === 0 ? 'The cluster has no node' : `None of ${nodes.length} nodes is Ready`;
  throw new UserError(says, { hint: 'kubectl get nodes' });
}
