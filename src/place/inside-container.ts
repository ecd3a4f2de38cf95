/** An agent → the ephemeral container that carries it, in somebody's pod. Pure. */
import { gzipSync } from 'node:zlib';
import { ASSIGNMENT_VARIABLE, PEERS_VARIABLE, type Peers } from '../../probes/wire.ts';
import type { ApiObject } from '../api/cluster-client.ts';
import type { Assignment } from '../model/plan.ts';
import { AGENT_FLAGS, POD_USER, SHUT_IN } from './pod.ts';

export interface InsideContainerParts {
  readonly run: string;
  readonly image: string;
  readonly pullPolicy: string;
  /** The agent's program, as text. */
  readonly bundle: string;
  readonly assignment: Assignment;
  readonly peers: Peers;
}

/** The kernel gives one variable 128 KiB with its name (execve(2), MAX_ARG_STRLEN). */
const LONGEST_VARIABLE = 100_000;

const PROGRAM_VARIABLE = 'KPROBE_PROGRAM';

/**
 * Runs the program from its environment, for nothing can be mounted. The pod's memory limit is the application's too: where it is
 * met, the kernel is told to take the probe (proc_pid_oom_score_adj(5)). Node's own arguments come without the name of a script.
 */
const LOADER = [
  "import { writeFileSync } from 'node:fs';",
  "import { gunzipSync } from 'node:zlib';",
  "try { writeFileSync('/proc/self/oom_score_adj', '1000'); } catch {}",
  "process.argv.splice(1, 0, 'agent.mjs');",
  `const program = gunzipSync(Buffer.from(process.env.${PROGRAM_VARIABLE}, 'base64'));`,
  "const url = 'data:text/javascript;base64,' + program.toString('base64');",
  'await import(url);',
].join(' ');

/** One a pod and run. */
export function insideContainerName(run: string): string {
  return `kprobe-${run}`;
}

/** null: what it has to be told is longer than the kernel lets a program be told. Ports, volumes and resources it may not have. */
export function insideContainer(parts: InsideContainerParts): ApiObject | null {
  const { run, image, pullPolicy, bundle, assignment, peers } = parts;
  const told = {
    [PROGRAM_VARIABLE]: bundle,
    [ASSIGNMENT_VARIABLE]: JSON.stringify(assignment),
    [PEERS_VARIABLE]: JSON.stringify(peers),
  };
  const env = Object.entries(told).map(([name, text]) => ({ name, value: gzipSync(text).toString('base64') }));
  if (env.some(({ value }) => value.length > LONGEST_VARIABLE)) return null;
  return {
    name: insideContainerName(run),
    image,
    imagePullPolicy: pullPolicy,
    command: ['node', ...AGENT_FLAGS, '--input-type=module', '--eval', LOADER, '--'],
    args: ['--assignment', 'env'],
    env,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: POD_USER,
      runAsGroup: POD_USER,
      seccompProfile: { type: 'RuntimeDefault' },
      ...SHUT_IN,
    },
  };
}
