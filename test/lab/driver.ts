/** Runs inside a lab and does what a test asks for: one JSON request a line in, one JSON answer a line out. */
import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';
import { enter, isInside } from '../../src/lab/door/enter.ts';
import { inNetns } from '../../src/lab/run-script.ts';
import type { Lab } from '../../src/lab/lab.ts';

export type Request =
  /** `from`: a node's name, a pod's name, `container:` and a pod's name for its files as well, or `lab`. */
  | { readonly do: 'run'; readonly from: string; readonly command: readonly string[] }
  | { readonly do: 'put'; readonly resource: string; readonly object: object };

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Ready {
  readonly pods: readonly { readonly name: string; readonly address: string; readonly node: string }[];
  readonly notReady: readonly string[];
  readonly tookMs: number;
  readonly kubeconfig: string;
}

/** Of the pod's processes any will do: they share its mounts. */
const IN_CONTAINER =
  'for process in /proc/[0-9]*; do [ "$(readlink "$process/ns/net")" = "$(readlink /proc/self/ns/net)" ] && ' +
  '[ "$(readlink "$process/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] && ' +
  'exec nsenter -t "${process#/proc/}" --mount --root --wd -- "$@"; done; exit 127';

if (!isInside()) process.exit(await enter());
const { up } = await import('../../src/lab/lab.ts');
const { loadScenario } = await import('../../src/lab/scenario/load-scenario.ts');
const { Scenario } = await import('../../src/lab/scenario/scenario.ts');
const [folder = '', changes = '{}'] = process.argv.slice(2);
const loaded = await loadScenario(folder);
const scenario = Scenario.parse({ ...loaded.scenario, ...JSON.parse(changes) });
const problems: string[] = [];
const lab = await up({ ...loaded, scenario }, { onProblem: (problem) => problems.push(problem) });
say({ pods: podsOf(lab), notReady: lab.notReady, tookMs: lab.tookMs, kubeconfig: lab.kubeconfig } satisfies Ready);
for await (const line of createInterface({ input: process.stdin })) say(await perform(JSON.parse(line)));
await lab[Symbol.asyncDispose]();
process.exit(problems.length === 0 ? 0 : complain());

async function perform(request: Request): Promise<Answer> {
  if (request.do === 'put') {
    lab.store.put(request.resource, request.object);
    return { code: 0, stdout: '', stderr: '' };
  }
  const [program, ...args] = request.command;
  const [command = '', ...rest] = placed(request.from, program ?? '', ...args);
  return new Promise((resolve) => {
    execFile(command, rest, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

function placed(from: string, ...command: string[]): string[] {
  if (from === 'lab') return command;
  const pod = /^container:(.*)$/u.exec(from)?.[1];
  if (pod === undefined) return inNetns(netnsOf(from), ...command);
  return inNetns(netnsOf(pod), 'sh', '-c', IN_CONTAINER, 'sh', ...command);
}

function netnsOf(from: string): string {
  const node = lab.fabric.nodes.find(({ name }) => name === from);
  const pod = lab.store.list('pods').find(({ metadata }) => metadata.name === from);
  const netns = node?.netns ?? lab.fabric.pods.get(pod?.metadata.uid ?? '')?.netns;
  if (netns === undefined) throw new Error(`no node or pod ${from}`);
  return netns;
}

function podsOf({ store }: Lab): Ready['pods'] {
  return store.list('pods').map(({ metadata, spec, status }) => ({
    name: metadata.name,
    address: status?.podIP ?? '',
    node: spec?.nodeName ?? '',
  }));
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function complain(): number {
  process.stderr.write(`${problems.join('\n')}\n`);
  return 1;
}
