/** What the suite may do besides the API: commands that whoever runs it gives as templates in the environment. */
import { spawn } from 'node:child_process';
import type { ClusterNode } from './cluster.ts';

/** E.g. `docker exec -i {node}`; `{n}` is the node's position by name, from 1. The command to run on the node is appended. */
const NODE_SHELL = process.env['KPROBE_E2E_NODE_SHELL'];
/** A command in which `{mode}` becomes drop, reject or none: how the network treats what a policy denies. */
const POLICY_MODE = process.env['KPROBE_E2E_POLICY_MODE'];

export const hasNodeShell = NODE_SHELL !== undefined && NODE_SHELL !== '';
export const hasPolicyMode = POLICY_MODE !== undefined && POLICY_MODE !== '';

/** Runs `command` on a node; throws with its own words where it fails. */
export async function onNode(node: ClusterNode, n: number, { command, input }: { command: string; input: string }) {
  const shell = (NODE_SHELL ?? '').replaceAll('{node}', node.name).replaceAll('{n}', String(n));
  await run(`${shell} ${command}`, input);
}

export async function setPolicyMode(mode: 'drop' | 'reject' | 'none'): Promise<void> {
  if (hasPolicyMode) await run((POLICY_MODE ?? '').replaceAll('{mode}', mode), '');
}

function run(line: string, input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', line], { stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${line}: exit ${code}: ${stderr.trim()}`)),
    );
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
