/**
 * `npm run demo`: the incident that kprobe was made for, in the built-in lab. Diagnose it, apply the fix that the verdict gives, and
 * diagnose again. Exits 0 only where the first verdict is a fault and the second is healthy.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, firstFinding, kprobe, say } from './demo-scene.ts';
import { applyYaml } from './lab/apply-yaml.ts';
import { isInside } from './lab/door/enter.ts';
import { runScenario } from './lab/run.ts';

const SCENARIO = 'policy-misses-hostnetwork';
const INSIDE = '--inside';
const ASKED = ['diagnose', 'shop.example.com'];

process.exitCode = process.argv.includes(INSIDE) ? await incident() : await lab();

async function lab(): Promise<number> {
  if (!isInside())
    say(
      'kprobe demo: three nodes, an ingress on the host network, two replicas, and a NetworkPolicy that admits "the ingress namespace"',
    );
  const command = [process.execPath, ...process.execArgv, import.meta.filename, INSIDE];
  return runScenario({ scenario: SCENARIO, command, say });
}

async function incident(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'kprobe-demo-'));
  try {
    const recording = join(folder, 'incident.json');
    if ((await kprobe(ASKED.join(' '), [...ASKED, '--save', recording])) !== 1)
      return fail('the incident was not found');
    const manifest = (await firstFinding(recording))?.fix?.manifest ?? null;
    if (manifest === null) return fail('the verdict has no fix to apply');
    say('\n$ kubectl apply -f fix.yaml    (the fix above)');
    await applyYaml(manifest, process.env['KUBECONFIG'] ?? '');
    if ((await kprobe(ASKED.join(' '), ASKED)) !== 0) return fail('the fix did not heal it');
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
