import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DiagnoseRequest } from '../../src/model/request.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { recording } from '../judge/make.ts';
import { healthy, inconclusive, verdict } from '../render/samples.ts';
import { run } from './session.ts';

const giving = (given: Verdict) => ({ stages: { diagnose: async () => ({ verdict: given, recording: recording() }) } });

test.for([
  ['healthy', 0, healthy()],
  ['faulty', 1, verdict()],
  ['inconclusive', 3, inconclusive()],
] as const)('a %s target is exit code %d', async ([, code, given]) => {
  expect(await run(['diagnose', 'x'], giving(given))).toMatchObject({ exitCode: code, error: null });
});

test('the verdict is all there is on stdout', async () => {
  const { stdout } = await run(['diagnose', 'x', '-o', 'json'], giving(healthy()));
  expect(JSON.parse(stdout)).toEqual(healthy());
});

test('the request carries the flags', async () => {
  const asked: DiagnoseRequest[] = [];
  const line =
    'diagnose --pull-secret registry svc/web -n shop --from store/checkout --inside --context c --kubeconfig k --timeout 2m --slow-after 1s --image i --no-host --pull-policy Always';
  await run(line.split(' '), {
    stages: {
      diagnose: async (request) => {
        asked.push(request);
        return { verdict: healthy(), recording: recording() };
      },
    },
  });
  expect(asked).toEqual([
    expect.objectContaining({
      target: 'svc/web',
      namespace: 'shop',
      from: 'store/checkout',
      context: 'c',
      kubeconfig: 'k',
      timeoutMs: 120_000,
      slowAfterMs: 1000,
      image: 'i',
      pull: { secrets: ['registry'], policy: 'Always' },
      hostVantages: false,
      inside: true,
    }),
  ]);
});

test('what is given twice counts as the last says, unless it takes many', async () => {
  const asked: DiagnoseRequest[] = [];
  const line =
    'diagnose x -q -q --timeout 1m --timeout 2m --no-host --no-host --pull-secret a --pull-secret b -n s -n t';
  const { error } = await run(line.split(' '), {
    stages: {
      diagnose: async (request) => {
        asked.push(request);
        return { verdict: healthy(), recording: recording() };
      },
    },
  });
  expect(error).toBeNull();
  expect(asked).toMatchObject([
    { timeoutMs: 120_000, hostVantages: false, namespace: 't', pull: { secrets: ['a', 'b'] } },
  ]);
});

test('the command to repeat has the flags that make it the same question', async () => {
  const { stdout } = await run(['diagnose', 'svc/web', '-n', 'shop', '--from', 'store/checkout']);
  expect(stdout).toContain('kprobe diagnose svc/web -n shop --from store/checkout\n');
});

test('progress goes to stderr, and nowhere with -q', async () => {
  const stages = {
    diagnose: async ({ reportProgress }: DiagnoseRequest) => {
      reportProgress({ kind: 'stage', stage: 'discover', says: 'reading the\u001b[2J cluster' });
      return { verdict: healthy(), recording: recording() };
    },
  };
  expect((await run(['diagnose', 'x'], { stages })).stderr).toBe('discover: reading the cluster\n');
  expect((await run(['diagnose', 'x', '-q'], { stages })).stderr).toBe('');
});

test('the recording is kept whole, and nothing else is left in the folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kprobe-save-'));
  const file = join(folder, 'run.json');
  await run(['diagnose', 'x', '--save', file]);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(recording());
  expect(readdirSync(folder)).toEqual(['run.json']);
});

test('a recording that cannot be kept does not cost the verdict', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kprobe-save-'));
  const stages = {
    diagnose: async () => {
      rmSync(folder, { recursive: true });
      return { verdict: verdict(), recording: recording() };
    },
  };
  const { exitCode, stdout, stderr } = await run(['diagnose', 'x', '--save', join(folder, 'run.json')], { stages });
  expect(exitCode).toBe(1);
  expect(stdout).toContain('NetworkPolicy');
  expect(stderr).toMatch(/^kprobe: the recording could not be saved to .* \(ENOENT\); the verdict stands\n$/u);
});

test('stopped while measuring, it still has a verdict', async () => {
  const stop = new AbortController();
  const stages = {
    diagnose: async ({ signal }: DiagnoseRequest) => {
      stop.abort();
      return { verdict: signal.aborted ? inconclusive() : healthy(), recording: recording() };
    },
  };
  const { exitCode, stdout, stderr } = await run(['diagnose', 'x'], { stages, signal: stop.signal });
  expect(exitCode).toBe(3);
  expect(stdout).toContain('Cut short');
  expect(stderr).toContain('Ctrl-C again leaves at once');
});

test('stopped before it could measure, it says so', async () => {
  const stop = new AbortController();
  const stages = {
    diagnose: async () => {
      stop.abort();
      throw new DOMException('aborted', 'AbortError');
    },
  };
  const { error } = await run(['diagnose', 'x'], { stages, signal: stop.signal });
  expect(error?.message).toBe('Stopped before anything was measured');
});

test('a bug is not dressed up as a mistake of the user', async () => {
  const stages = { diagnose: () => Promise.reject(new TypeError('x is not a function')) };
  await expect(run(['diagnose', 'x'], { stages })).rejects.toThrow('x is not a function');
});
