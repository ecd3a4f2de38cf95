/** One command of kprobe's, run for real, and what it took: of the API server, of this machine, and in time. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { requestsSince, type Requests } from './audit.ts';
import type { Agents } from './agents.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Counted, Gate } from './gate.ts';
import { listAt, nameOf } from '../../src/api/fields.ts';

const CLI = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
/** What is measured last is written to the audit log at once, but read by us from a file. */
const SETTLE_MS = 1000;
const LOOK_MS = 100;

export interface Ran extends Counted {
  readonly exitCode: number | null;
  /** Standard output: one JSON document. */
  readonly output: string;
  readonly errors: string;
  readonly tookMs: number;
  /** Largest resident set of the controller, megabytes. */
  readonly memoryMb: number;
  readonly requests: Requests;
  /** The most logs that the API server read from kubelets at once. */
  readonly mostReaders: number;
  /** Objects of kprobe's own that are still there. */
  readonly left: readonly string[];
}

export interface Running {
  readonly plane: ControlPlane;
  readonly gate: Gate;
  readonly agents: Agents;
  readonly cli?: string;
}

export async function runKprobe(args: readonly string[], { plane, gate, agents, cli = CLI }: Running): Promise<Ran> {
  gate.reset();
  agents.reset();
  const begun = Date.now();
  const child = spawn(process.execPath, [cli, ...args, '--kubeconfig', plane.kubeconfig('kprobe', gate.port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors, memoryKb] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const looking = setInterval(() => (memoryKb = Math.max(memoryKb, residentKb(child.pid ?? 0))), LOOK_MS);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(looking);
  const tookMs = Date.now() - begun;
  const counted = { ...gate.counted };
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const lists = ['/api/v1/pods', '/api/v1/configmaps'].map((path) =>
    plane.call('GET', `${path}?labelSelector=kprobe.dev/run`),
  );
  const left = (await Promise.all(lists)).flatMap((listed) =>
    listAt(listed, 'items').map((each) => `${nameOf(each)?.namespace}/${nameOf(each)?.name}`),
  );
  return {
    ...counted,
    exitCode,
    output,
    errors,
    tookMs,
    memoryMb: memoryKb / 1024,
    requests: await requestsSince(plane.auditLog, begun),
    mostReaders: agents.mostReaders,
    left,
  };
}

/** proc_pid_status(5): VmHWM, the peak of the resident set. 0 where the process is gone. */
function residentKb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
