import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publish } from '../../src/publish/publish.ts';
import { broken, NOWHERE, sweep, world } from './make.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'kprobe-metrics-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const tell = (metricsFile: string) => publish(sweep([broken('shop')]), { ...NOWHERE, metricsFile }, world());

test('the file is replaced as a whole, for everybody to read', async () => {
  const file = join(folder, 'kprobe.prom');
  await writeFile(file, 'old', { mode: 0o600 });
  expect(await tell(file)).toEqual([]);
  expect(await readFile(file, 'utf8')).toContain('kprobe_target_state{target="shop",state="faulty"');
  expect((await stat(file)).mode & 0o777).toBe(0o644);
  expect(await readdir(folder)).toEqual(['kprobe.prom']);
});

test('a link is followed, and stays', async () => {
  await writeFile(join(folder, 'real.prom'), '');
  await symlink('real.prom', join(folder, 'link.prom'));
  await tell(join(folder, 'link.prom'));
  expect(await readFile(join(folder, 'real.prom'), 'utf8')).toContain('kprobe_');
});

test('a name that the collector does not read is written, and said', async () => {
  const file = join(folder, 'metrics.txt');
  expect(await tell(file)).toEqual([{ what: `metrics file ${file}`, because: expect.stringContaining('.prom') }]);
  expect(await readFile(file, 'utf8')).toContain('kprobe_');
});

test.for<[string, () => Promise<string>, RegExp]>([
  ['in no folder', async () => join(folder, 'none', 'k.prom'), /^its folder does not exist$/],
  [
    'that is a folder',
    async () => (await mkdir(join(folder, 'k.prom')), join(folder, 'k.prom')),
    /^it is there, and is not a file$/,
  ],
  ['that is a device', async () => '/dev/null', /^it is there, and is not a file$/],
  ['below a file', async () => (await writeFile(join(folder, 'f'), ''), join(folder, 'f', 'k.prom')), /ENOTDIR/],
  ['where nothing can be made', async () => '/proc/k.prom', /^its folder does not exist|cannot be written \(E/],
  ['with a zero byte', async () => join(folder, 'a\0b.prom'), /ERR_INVALID_ARG_VALUE/],
])('a file %s is one line, and leaves nothing', async ([, make, because]) => {
  const file = await make();
  const before = await readdir(folder);
  expect(await tell(file)).toEqual([
    { what: expect.stringMatching(/^metrics file /), because: expect.stringMatching(because) },
  ]);
  expect(await readdir(folder)).toEqual(before);
});
