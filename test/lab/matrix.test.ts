/** `npm run demo:matrix`: the bad node of six is named, and six that are well are called so. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

test('the demo names the bad node of six, and calls six good ones healthy', { timeout: 240_000 }, async () => {
  const demo = spawn(process.execPath, ['src/demo-matrix.ts'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(demo, 'exit');
  const [shown, said] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
  expect([(await ended)[0], /^demo: .*/m.exec(said)?.[0]]).toEqual([0, undefined]);
  expect(shown).toContain('✗ Node node-d is cut off from the pod network');
  expect(shown).toMatch(/node-d +4 ✗ ✗ ✗ \\ ✗ ✗/);
  expect(shown).toContain('✓ node matrix is healthy');
});
