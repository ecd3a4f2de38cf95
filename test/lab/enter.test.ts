import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('entered.ts', import.meta.url));

/** A process inside the namespaces with a child of its own; `mark` stands in the command lines of all of them. */
function start(mark: string, exitCode = '0'): ChildProcess {
  return spawn(process.execPath, [PROGRAM, mark, exitCode], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function line(child: ChildProcess): Promise<string> {
  const [text] = await once(createInterface({ input: child.stdout! }), 'line');
  return text;
}

function alive(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function vanished(mark: string): Promise<boolean> {
  const end = Date.now() + 5000;
  while (Date.now() < end) {
    if (alive(mark).length === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

describe('entering the lab', () => {
  test('it has a network of its own, as root of its own', async () => {
    const child = start('own-network', '0');
    expect(JSON.parse(await line(child))).toMatchObject({ uid: 0, pid: 1, interfaces: ['lo'] });
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  test('the exit code comes through', async () => {
    const child = start('exit-code', '37');
    await line(child);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(37);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s to the outer process is a clean end inside',
    async (signal) => {
      const mark = `clean-end-${signal}`;
      const child = start(mark, '5');
      await line(child);
      child.kill(signal);
      expect((await once(child, 'exit'))[0]).toBe(5);
      expect(await vanished(mark)).toBe(true);
    },
  );

  test('kill -9 of any process of the chain leaves none of them', async () => {
    for (const [index, name] of ['outer', 'unshare', 'inner'].entries()) {
      const mark = `killed-${name}`;
      const child = start(mark);
      const exited = once(child, 'exit');
      await line(child);
      const pids = alive(mark).toSorted((one, other) => one - other);
      expect(pids.length).toBeGreaterThanOrEqual(4);
      process.kill(pids[index]!, 'SIGKILL');
      expect(await vanished(mark), `after the ${name} process was killed`).toBe(true);
      await exited;
    }
  });
});
