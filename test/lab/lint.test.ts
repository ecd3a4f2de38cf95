/** Lint of a miniature cluster: the scenario of the incident is named from its objects, with the addresses that the nodes have; its healthy twin is not. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { LintReport } from '../../src/model/lint.ts';

async function linted(scenario: string): Promise<LintReport> {
  const lint = [process.execPath, 'src/cli.ts', 'lint', '-o', 'json'];
  const lab = spawn(process.execPath, ['src/cli.ts', 'lab', 'run', scenario, '--', ...lint], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return LintReport.parse(JSON.parse(await text(lab.stdout)));
}

test('policy-misses-hostnetwork: the policy, and a fix with the overlay addresses', async () => {
  const { findings } = await linted('policy-misses-hostnetwork');
  const [found, ...others] = findings.filter(({ diagnosis }) => diagnosis !== 'abrupt-shutdown');
  expect(others).toEqual([]);
  expect(found).toMatchObject({ diagnosis: 'policy-misses-hostnetwork', object: { kind: 'NetworkPolicy' } });
  expect(found?.fix?.manifest).toMatch(/cidr: 10\.244\.\d+\.0\/32/u);
});

test.for(['healthy-shop', 'healthy-correct-policies'])('%s: nothing', async (scenario) => {
  const { findings } = await linted(scenario);
  expect(findings.filter(({ diagnosis }) => diagnosis !== 'abrupt-shutdown')).toEqual([]);
});
