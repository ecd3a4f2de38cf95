/** One draw in a lab of its own, through the real command line. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Verdict } from '../../src/model/verdict.ts';
import { here } from '../here.ts';
import { runInLab } from '../lab-run.ts';
import { verdictIn } from '../trial.ts';
import type { BlindResult } from './blind-result.ts';
import type { Draw } from './draw.ts';
import { outcomeOf, toldOf } from './score.ts';

/** Never raises for what kprobe or the lab does. */
export async function runDraw(draw: Draw, cli: string): Promise<BlindResult> {
  const folder = await mkdtemp(join(tmpdir(), `kprobe-blind-${draw.seed}-${draw.number}-`));
  const cluster = await writeCluster(draw, join(folder, 'cluster'));
  const args = ['diagnose', ...draw.scenario.diagnose, '-o', 'json', '--save', join(folder, 'recording.json')];
  const run = await runInLab({ cli, scenario: cluster, args, folder });
  const verdict = await verdictIn(folder, 'verdict.json');
  const outcome = outcomeOf(draw, verdict);
  await (outcome === 'right'
    ? rm(folder, { recursive: true, force: true })
    : writeFile(join(folder, 'printed.txt'), run.printed));
  return {
    seed: draw.seed,
    draw: draw.number,
    asked: draw.scenario.diagnose.join(' '),
    broken: [...draw.broken],
    faults: JSON.stringify(draw.scenario.faults),
    accepts: draw.truths.map(({ accepts }) => [...accepts]),
    outcome,
    told: toldOf(draw, verdict),
    found: verdict === null ? 'no verdict' : foundIn(verdict),
    diagnoseMs: run.tookMs,
    folder: outcome === 'right' ? null : folder,
    ...here(),
  };
}

/** As a scenario's folder, which `kprobe lab run FOLDER` takes too. */
async function writeCluster({ scenario, manifests }: Draw, folder: string): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, 'scenario.yaml'), stringify(scenario));
  await writeFile(join(folder, 'manifests.yaml'), manifests.map((each) => stringify(each)).join('---\n'));
  return folder;
}

function foundIn({ status, findings }: Verdict): string {
  return findings.length === 0
    ? status
    : findings.map(({ diagnosis, certainty }) => `${diagnosis} (${certainty})`).join(', ');
}
