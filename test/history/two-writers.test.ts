import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openPast } from '../../src/history/past.ts';
import { newFile } from './make.ts';

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));
const SWEEPS = 15;

async function write(file: string, series: string): Promise<number | null> {
  const writer = spawn(process.execPath, [WRITER, file, series, String(SWEEPS)], { stdio: 'ignore' });
  const [exitCode] = (await once(writer, 'close')) as [number | null];
  return exitCode;
}

test('two sweeps at once, from the first moment of a history on, lose nothing', { timeout: 60_000 }, async () => {
  const file = newFile();
  expect(await Promise.all([write(file, 'a'), write(file, 'b')])).toEqual([0, 0]);
  const past = await openPast({ file });
  const sweeps = (await past.sweeps(100)).clusters.flatMap((each) => each.sweeps);
  past.close();
  const runs = Array.from({ length: SWEEPS }, (_, n) => `run-${n}`).toReversed();
  for (const series of ['a', 'b']) {
    expect(sweeps.filter((each) => each.series === series).map(({ run }) => run)).toEqual(runs);
  }
});
