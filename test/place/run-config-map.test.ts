import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { parseMessage } from '../../probes/parse.ts';
import { makeRunConfigMap } from '../../src/place/run-config-map.ts';
import { assignment, schedule, tcp } from './agents.ts';
import { FakeCluster } from './fake-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-ground-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function made(files: Readonly<Record<string, string>>) {
  const cluster = new FakeCluster();
  cluster.put('namespaces', { metadata: { name: 'kprobe' } });
  await makeRunConfigMap(cluster.client(), { namespace: 'kprobe', run: 'r1', lastsMs: 1000, files });
  const map = cluster.object('configmaps', { namespace: 'kprobe', name: 'kprobe-r1' });
  return { ...map } as { data: Record<string, string>; binaryData?: Record<string, string>; immutable: boolean };
}

/** As many paths as one agent gets in a sweep of several hundred targets. */
const many = assignment(
  'local',
  Array.from({ length: 3000 }, (_, n) =>
    schedule(`local > 10.96.${n >> 8}.${n & 255}:80 tcp`, tcp('127.0.0.1'), { count: 0 }),
  ),
  [],
);

describe('the files of a run', () => {
  test('are readable in the ConfigMap while they are short', async () => {
    const files = { 'agent.mjs': '// agent', 'a.json': '{}' };
    expect(await made(files)).toMatchObject({ data: files, immutable: true });
    expect(await made(files)).not.toHaveProperty('binaryData');
  });

  test('are compressed where they are long, but for the program', async () => {
    const text = JSON.stringify(many);
    const map = await made({ 'agent.mjs': '// '.repeat(20_000), 'a.json': text });
    expect(Object.keys(map.data)).toEqual(['agent.mjs']);
    const packed = map.binaryData?.['a.json'] ?? '';
    expect(gunzipSync(Buffer.from(packed, 'base64')).toString()).toBe(text);
    expect(packed.length).toBeLessThan(text.length / 8);
  });

  test('are read by the agent when compressed', async () => {
    const map = await made({ 'a.json': JSON.stringify(many) });
    const file = join(folder, 'a.json');
    writeFileSync(file, Buffer.from(map.binaryData?.['a.json'] ?? '', 'base64'));
    const { stdout } = await promisify(execFile)(process.execPath, ['probes/main.ts', '--assignment', file]);
    const said = stdout.trim().split('\n').map(parseMessage);
    expect(said.map((each) => (each.ok ? each.value.type : each.problem))).toEqual(['hello', 'bye']);
  });

  test.for([
    ['damaged', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
    ['bare of sense', Buffer.from('{"version":1}')],
  ] as const)('that are %s are refused in one line', async ([, bytes]) => {
    const file = join(folder, 'bad.json');
    writeFileSync(file, bytes);
    const ran = promisify(execFile)(process.execPath, ['probes/main.ts', '--assignment', file]);
    await expect(ran).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/^kprobe agent: [^\n]+\n$/) });
  });
});
