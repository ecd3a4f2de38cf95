/**
 * `npm run demo:matrix`: a cluster of six nodes in the built-in lab, one of them cut off the overlay; the matrix names it. Then six
 * nodes that are well. Exits 0 only where the first verdict is that node and the second is healthy.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, firstFinding, kprobe, runNode, say } from './demo-scene.ts';
import { runScenario } from './lab/run.ts';

const BROKEN = 'broken-node-of-six';
const HEALTHY = 'healthy-six-nodes';
/** The one that the scenario breaks. */
const BAD_NODE = 'node-d';
const LAB = '--lab';
const INSIDE = '--inside';

const [, , mark, scenario = BROKEN] = process.argv;
process.exitCode = mark === INSIDE ? await look(scenario) : mark === LAB ? await lab(scenario) : await both();

async function both(): Promise<number> {
  say('kprobe demo: six nodes, and no pod of one of them reaches a pod of another; the nodes themselves do');
  const broken = await runNode([import.meta.filename, LAB, BROKEN]);
  if (broken !== 0) return broken;
  say('\nSix nodes that are well');
  return runNode([import.meta.filename, LAB, HEALTHY]);
}

/** The lab begins this file again in its own namespaces, with the same arguments; then this builds it and asks. */
function lab(name: string): Promise<number> {
  const command = [process.execPath, ...process.execArgv, import.meta.filename, INSIDE, name];
  return runScenario({ scenario: name, command, say });
}

/** 0 where the matrix says what is true of this lab. */
async function look(name: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'kprobe-demo-'));
  try {
    const recording = join(folder, 'matrix.json');
    const code = await kprobe('matrix', ['matrix', '--quiet', '--save', recording]);
    if (name === HEALTHY) return code === 0 ? 0 : fail('six healthy nodes were not called healthy');
    const named = (await firstFinding(recording))?.object?.name;
    return code === 1 && named === BAD_NODE ? 0 : fail(`${BAD_NODE} was not named, but ${named ?? 'nobody'}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
