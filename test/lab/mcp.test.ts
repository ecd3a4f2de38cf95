/** `kprobe mcp` in a miniature cluster, asked by the client of the protocol's SDK: a diagnosis with progress, and a cancelled one that leaves nothing. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { Verdict } from '../../src/model/verdict.ts';
import type { Told } from './mcp-client.ts';

const SCENARIO = 'policy-misses-hostnetwork';

async function told(): Promise<Told> {
  const lab = spawn(
    process.execPath,
    ['src/cli.ts', 'lab', 'run', SCENARIO, '--', process.execPath, 'test/lab/mcp-client.ts'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return JSON.parse(await text(lab.stdout)) as Told;
}

test('a bot diagnoses the incident, watches, and takes its word back', async () => {
  const { structuredContent, text: says, progress, isCancelled, beyond } = await told();
  const { status, findings } = Verdict.parse(structuredContent);
  expect({ status, diagnoses: findings.map(({ diagnosis }) => diagnosis) }).toEqual({
    status: 'faulty',
    diagnoses: [SCENARIO],
  });
  expect(says).toContain(findings[0]?.title.split(' ')[1]);
  const stages = progress.map(({ message = '' }) => message.split(':')[0]);
  expect(stages).toEqual(expect.arrayContaining(['discover', 'plan', 'place', 'collect']));
  expect(progress.every((each, at) => each.progress > (progress[at - 1]?.progress ?? 0))).toBe(true);
  expect(beyond.diagnosed).toEqual([]);
  expect(beyond.running).toEqual(expect.arrayContaining([expect.stringMatching(/^Pod kprobe/)]));
  expect({ isCancelled, left: beyond.cancelled }).toEqual({ isCancelled: true, left: [] });
});
