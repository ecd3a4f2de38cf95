import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explain } from '../../src/commands/explain.ts';
import { UserError } from '../../src/model/user-error.ts';
import { recording } from '../judge/make.ts';
import { verdict } from '../render/samples.ts';
import { collector, run } from './session.ts';

const saved = JSON.stringify(recording());

test.for([
  ['diagnose', ['diagnose', 'shop.example.com']],
  ['explain', ['explain', '-']],
] as const)('%s -o html is one page on stdout, with the usual exit code', async ([, argv]) => {
  const ran = await run([...argv, '-o', 'html'], { stdin: saved });
  expect(ran).toMatchObject({ exitCode: 1, error: null });
  expect(ran.stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/u);
});

test('diagnose -o junit is XML on stdout', async () => {
  const ran = await run(['diagnose', 'shop.example.com', '-o', 'junit']);
  expect(ran.exitCode).toBe(1);
  expect(ran.stdout).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites /u);
});

describe('a page is not for a terminal', () => {
  const given = (isTTY: boolean) => {
    let asked = 0;
    const stdout = collector({ isTTY });
    const session = {
      stdin: (async function* () {})(),
      stdout: stdout.screen,
      stderr: collector().screen,
      env: {},
      signal: new AbortController().signal,
      stages: { judge: async () => ((asked += 1), verdict()) },
    };
    const flags = { file: '/nowhere/run it.json', output: 'html' };
    return { ran: explain.run(flags, session as never), asked: () => asked };
  };

  test('and that is said before anything is done', async () => {
    const { ran, asked } = given(true);
    const error = await ran.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).hint).toBe("kprobe explain '/nowhere/run it.json' -o html > report.html");
    expect(asked()).toBe(0);
  });

  test('but for a pipe', async () => {
    await expect(given(false).ran).rejects.toThrow('There is no file /nowhere/run it.json');
  });
});

test('what draws the pages is not loaded before it is asked for', () => {
  const statically = /^import (?!type)[^;]*from '[^']*\/render\/html\/[^']*';/mu;
  for (const command of ['diagnose', 'explain', 'sweep', 'matrix', 'print', 'html']) {
    expect(readFileSync(`src/commands/${command}.ts`, 'utf8')).not.toMatch(statically);
  }
});
