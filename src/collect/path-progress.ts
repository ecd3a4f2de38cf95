/** The live picture of each path, told as its samples arrive. */
import { atPort } from '../model/format.ts';
import type { Sample } from '../../probes/wire.ts';
import type { Destination, Plan } from '../model/plan.ts';
import type { ReportProgress } from '../model/progress.ts';

interface Picture {
  readonly from: string;
  readonly to: string;
  readonly planned: number;
  done: number;
}

export class PathProgress {
  readonly #reportProgress: ReportProgress;
  readonly #pictures: ReadonlyMap<string, Picture>;

  constructor(plan: Plan, reportProgress: ReportProgress) {
    this.#reportProgress = reportProgress;
    const planned = new Map(
      Object.values(plan.assignments).flatMap(({ schedules }) => schedules.map(({ path, count }) => [path, count])),
    );
    this.#pictures = new Map(
      plan.paths.map(({ id, from, to }) => [id, { from, to: labelOf(to), planned: planned.get(id) ?? 0, done: 0 }]),
    );
  }

  onSample({ path, outcome, totalMs }: Sample): void {
    const picture = this.#pictures.get(path);
    if (picture === undefined) return;
    picture.done += 1;
    const { from, to, done, planned } = picture;
    this.#reportProgress({ kind: 'path', id: path, from, to, done, planned, lastMs: totalMs, state: outcome.kind });
  }
}

function labelOf(to: Destination): string {
  switch (to.kind) {
    case 'agent':
      return to.agent;
    case 'resolver':
      return to.name;
    case 'service':
      return `${to.namespace}/${to.name}`;
    case 'backend':
    case 'dns-server':
      return to.pod?.name ?? atPort(to.address, to.port);
    case 'entry':
    case 'external':
      return atPort(to.address, to.port);
    default:
      return to satisfies never;
  }
}
