import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kubeconfig } from '../api/api-server.ts';
import { FakeCluster, problem } from '../place/fake-cluster.ts';
import { run } from './session.ts';

function shop(): FakeCluster {
  const cluster = new FakeCluster();
  for (const name of ['shop', 'shipping']) cluster.put('namespaces', { metadata: { name } });
  cluster.put('services', { metadata: { name: 'web', namespace: 'shop' } });
  cluster.put('services', { metadata: { name: 'kubernetes', namespace: 'default' } });
  const labels = { 'pod-template-hash': 'abc' };
  const ownerReferences = [{ kind: 'ReplicaSet', name: 'web-abc', controller: true }];
  cluster.put('pods', { metadata: { name: 'web-abc-1', namespace: 'shop', labels, ownerReferences } });
  const path = { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } };
  const rules = ['shop.example.com', '*.example.com'].map((host) => ({ host, http: { paths: [path] } }));
  cluster.put('ingresses', { metadata: { name: 'web', namespace: 'shop' }, spec: { rules } });
  return cluster;
}

/** The candidates and, last, the directive. */
async function completed(...words: string[]): Promise<string[]> {
  const env = { KUBECONFIG: kubeconfig('http://127.0.0.1:1') };
  const { exitCode, stdout, stderr } = await run(['__complete', ...words], {
    env,
    stages: { connect: async () => shop().client() },
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

describe('completion', () => {
  test.for<[string[], string[]]>([
    [['dia'], ['diagnose']],
    [['c'], ['check', 'catalog', 'cleanup', 'completion']],
    [['--v'], ['--version']],
    [['nonsense', ''], []],
    [['uninstall', ''], []],
    [['uninstall', '--y'], ['--yes']],
    [
      ['diagnose', ''],
      ['shop.example.com', 'svc/kubernetes'],
    ],
    [['diagnose', 'sh'], ['shop.example.com']],
    [['diagnose', '-n', 'shop', 'svc/'], ['svc/web']],
    [['diagnose', '--namespace=shop', 'svc/'], ['svc/web']],
    [['diagnose', '-n', 'shop', 'pod/'], ['pod/web-abc-1']],
    [['diagnose', '-n', 'shop', 'deploy/'], ['deploy/web']],
    [['diagnose', '-n', 'shop', 'sts/'], []],
    [['diagnose', '-n', 'shop', 'ing/w'], ['ing/web']],
    [['diagnose', 'x', ''], []],
    [
      ['diagnose', '-n', 's'],
      ['shop', 'shipping'],
    ],
    [['diagnose', '--from', 'shop/'], ['shop/web']],
    [['diagnose', '--from=s'], ['--from=shop/web']],
    [['diagnose', '-n', 'shop', '--from', 'deploy/'], ['deploy/web']],
    [
      ['diagnose', '--context', ''],
      ['here', 'staging'],
    ],
    [['diagnose', '--context=st'], ['--context=staging']],
    [['diagnose', '--kubeconfig', ''], []],
    [['diagnose', '--timeout', ''], []],
    [['install', '--twins', 'shop', 'ship'], ['shipping']],
    [
      ['install', '-o', ''],
      ['yaml', 'json'],
    ],
    [['doctor', '-o', 't'], ['terminal']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['catalog', 'lost-sy'], ['lost-syn']],
  ])('of %j', async ([words, candidates]) => {
    const found = await completed(...words);
    expect(found.slice(0, -1).toSorted()).toEqual(expect.arrayContaining(candidates));
    expect(found.slice(0, -1)).toHaveLength(candidates.length);
  });

  test.for<[string[], string]>([
    [['explain', ''], ':0'],
    [['diagnose', '--save', ''], ':0'],
    [['diagnose', ''], ':4'],
  ])('of %j ends with %s', async ([words, directive]) => {
    expect((await completed(...words)).at(-1)).toBe(directive);
  });

  test.for<[string, FakeCluster['mood'] | null]>([
    ['that cannot be reached', null],
    ['that forbids everything', () => problem(403, 'Forbidden')],
  ])('a cluster %s costs no word', async ([, mood]) => {
    const cluster = shop();
    if (mood !== null) cluster.mood = mood;
    const connect = mood === null ? () => Promise.reject(new Error('no')) : async () => cluster.client();
    const { exitCode, stdout, stderr } = await run(['__complete', 'diagnose', ''], { stages: { connect } });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: ':4\n', stderr: '' });
  });

  test.for(['bash', 'zsh', 'fish'])('has a script for %s', async (shell) => {
    const { exitCode, stdout } = await run(['completion', shell]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/kprobe __complete/);
  });

  test('knows no other shell', async () => {
    expect((await run(['completion', 'cmd'])).error).toMatchObject({ hint: 'it is bash, zsh or fish' });
  });

  test.for<[string, string]>([
    ['kprobe diagnose -n s', '|diagnose|-n|s'],
    ['kprobe diagnose ', '|diagnose|'],
    ['kprobe diagnose --context=st', '|diagnose|--context=st'],
    ['kprobe diagnose svc/web:8', '|diagnose|svc/web:8'],
  ])('in bash asks %j for what stands before the cursor', async ([line, asked]) => {
    const { stdout: script } = await run(['completion', 'bash']);
    const folder = mkdtempSync(join(tmpdir(), 'kprobe-test-'));
    const last = line.split(' ').at(-1) ?? '';
    const answer = `#!/bin/sh\nshift; printf '|%s' "$@" > '${folder}/asked'; printf '%s\\n' '${last}0' ':4'\n`;
    writeFileSync(join(folder, 'kprobe'), answer);
    chmodSync(join(folder, 'kprobe'), 0o755);
    const use = `${script}\nCOMP_LINE='${line}' COMP_POINT=${line.length}; _kprobe; cat '${folder}/asked'; printf ' %s' "\${COMPREPLY[@]}"`;
    const env = { PATH: [folder, process.env['PATH']].join(delimiter) };
    const replied = `${last}0`.split(/[:=]/).at(-1);
    expect(execFileSync('bash', ['-c', use], { env, encoding: 'utf8' })).toBe(`${asked} ${replied}`);
  });
});
