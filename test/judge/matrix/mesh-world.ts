/** A matrix run without a network: the real plan over made-up nodes, every node pair well but where a test says otherwise. */
import type { Sample } from '../../../probes/wire.ts';
import { matrixReport } from '../../../src/judge/matrix/report.ts';
import type { Node } from '../../../src/model/cluster.ts';
import type { MatrixReport, Network } from '../../../src/model/matrix.ts';
import type { Agent, Path } from '../../../src/model/plan.ts';
import type { Recording } from '../../../src/model/recording.ts';
import { meshTarget, planMesh } from '../../../src/plan/mesh/plan-mesh.ts';
import type { MeshSettings } from '../../../src/plan/mesh/plan-mesh.ts';
import { cluster, dnsAnswer, node, on, recording, sample, silent } from '../make.ts';

export interface MeshWorld {
  /** Sizes of zones; one number: no zones. */
  readonly zones?: readonly number[];
  readonly networks?: readonly Network[];
  readonly peers?: number | null;
  readonly protocol?: MeshSettings['protocol'];
  readonly breaks?: readonly MeshBreak[];
  readonly over?: Partial<Recording>;
}

/** What a node pair does instead of answering in 0.6 ms; null leaves it well. */
export type MeshBreak = (nodePair: { from: Agent; to: Agent; path: Path; count: number }) => readonly Sample[] | null;

export function meshNodes(zones: readonly number[]): Node[] {
  return zones.flatMap((size, zone) =>
    Array.from({ length: size }, (_, at) =>
      node({ name: nodeName(zone, at), zone: zones.length > 1 ? `zone-${zone + 1}` : null }),
    ),
  );
}

/** n11 is the first node of the first zone. */
export function nodeName(zone: number, at: number): string {
  return `n${zone + 1}${at + 1}`;
}

export function meshRun(world: MeshWorld = {}): { recording: Recording; report: () => MatrixReport } {
  const { zones = [6], networks = ['pod', 'host'], peers = null, protocol = 'tcp' } = world;
  const facts = cluster({ nodes: meshNodes(zones), dnsService: null });
  const settings: MeshSettings = { run: 'run-1', deadlineMs: 60_000, networks, protocol, sizeBytes: 0, peers };
  const { plan, design, nodes } = planMesh(facts, settings);
  const agents = new Map(plan.agents.map((agent) => [agent.id, agent]));
  const counts = new Map(
    Object.values(plan.assignments).flatMap(({ schedules }) => schedules.map(({ path, count }) => [path, count])),
  );
  const samples = plan.paths.flatMap((path) => {
    const from = agents.get(path.from);
    const to = path.to.kind === 'agent' ? agents.get(path.to.agent) : undefined;
    if (from === undefined || to === undefined) return on(path, [dnsAnswer()]);
    const count = counts.get(path.id) ?? 0;
    const nodePair = { from, to, path, count };
    const broken = (world.breaks ?? []).map((rule) => rule(nodePair)).find((each) => each !== null);
    return on(path, broken ?? answered(0.6)(nodePair));
  });
  const made = recording({
    agents: plan.agents,
    paths: plan.paths,
    cluster: facts,
    target: meshTarget(null),
    samples,
    ...world.over,
  });
  const whole = { ...made, plan: { ...made.plan, limitations: plan.limitations }, limitations: made.limitations };
  return {
    recording: whole,
    report: () => matrixReport(whole, { protocol, sizeBytes: 0, networks, design, nodes }),
  };
}

export function matrix(world: MeshWorld = {}): MatrixReport {
  return meshRun(world).report();
}

/** Every attempt answered, two thirds of the time in the connect. */
export function answered(ms: number): (nodePair: { path: Path; count: number }) => Sample[] {
  return ({ path, count }) =>
    Array.from({ length: count }, () =>
      path.probe.kind === 'udp'
        ? sample({ firstByteMs: ms })
        : sample({
            connectMs: (2 * ms) / 3,
            firstByteMs: ms / 3,
            ...(path.probe.kind === 'http' ? { status: 200 } : {}),
          }),
    );
}

/** No attempt is answered, on these node pairs of one network (null: of both). */
export function cut(network: Network | null, isCut: (from: string, to: string) => boolean): MeshBreak {
  return ({ from, to, path, count }) => {
    const kind = from.kind === 'control' ? 'pod' : 'host';
    if ((network ?? kind) !== kind || !isCut(from.node ?? '', to.node ?? '')) return null;
    return Array.from({ length: count }, () =>
      path.probe.kind === 'udp' ? silent({ phase: 'first-byte', waitedMs: 16_700 }) : silent({ waitedMs: 16_700 }),
    );
  };
}

export const touches = (name: string) => (from: string, to: string) => from === name || to === name;
export const joins = (a: string, b: string) => (from: string, to: string) =>
  (from === a && to === b) || (from === b && to === a);
