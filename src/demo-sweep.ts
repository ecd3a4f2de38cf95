/**
 * `npm run demo:sweep`: three sweeps of a shop in the built-in lab. All is well; somebody applies a NetworkPolicy with a wrong label, and the
 * second sweep names it as new; its fix is applied, and the third says that it is gone. Exits 0 only where it went that way.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, firstFinding, kprobe, say } from './demo-scene.ts';
import { applyYaml } from './lab/apply-yaml.ts';
import { isInside } from './lab/door/enter.ts';
import { runScenario } from './lab/run.ts';

const FOLDER = join(import.meta.dirname, 'demo-sweep');
const INSIDE = '--inside';
/** The recording of the target that breaks, as --save names it. */
const BROKEN = 'shop-svc-api-from-shop-web.json';

process.exitCode = process.argv.includes(INSIDE) ? await threeSweeps() : await lab();

async function lab(): Promise<number> {
  if (!isInside())
    say(
      'kprobe demo: three nodes, a shop behind an ingress, its interface, and a ledger that not everybody may write to',
    );
  const command = [process.execPath, ...process.execArgv, import.meta.filename, INSIDE];
  return runScenario({ scenario: FOLDER, command, say });
}

async function threeSweeps(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'kprobe-demo-'));
  const kubeconfig = process.env['KUBECONFIG'] ?? '';
  try {
    if ((await sweep(folder)) !== 0) return fail('the first sweep is not healthy');
    const fault = await readFile(join(FOLDER, 'fault.yaml'), 'utf8');
    say(`\n$ kubectl apply -f fault.yaml\n${fault}`);
    await applyYaml(fault, kubeconfig);
    if ((await sweep(folder)) !== 1) return fail('the second sweep did not find the fault');
    const manifest = (await firstFinding(join(folder, BROKEN)))?.fix?.manifest ?? null;
    if (manifest === null) return fail('the second sweep has no fix to apply');
    say('\n$ kubectl apply -f fix.yaml    (the fix above)');
    await applyYaml(manifest, kubeconfig);
    if ((await sweep(folder)) !== 0) return fail('the fix did not heal it');
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sweep(folder: string): Promise<number> {
  const files = ['-f', join(FOLDER, 'sweep.yaml'), '--history', join(folder, 'history.sqlite'), '--save', folder];
  return kprobe('sweep -f sweep.yaml', ['sweep', ...files]);
}
