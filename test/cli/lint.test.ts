import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LintReport } from '../../src/model/lint.ts';
import { servingClient, SHOP } from '../discover/cluster.ts';
import { run } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-lint-'));
const at = (name: string) => join(folder, name);
function file(name: string, text: string): string {
  mkdirSync(join(at(name), '..'), { recursive: true });
  writeFileSync(at(name), text);
  return at(name);
}

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, ports: [{containerPort: 8080}]}]}
`;
const PROSE = Array.from({ length: 20 }, (_, line) => `word: a sentence: with colons ${line}`).join('\n');
const good = `${web}---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`;
const bad = good.replace('selector: {app: web}', 'selector: {app: wbe}');
const key = 'empty-service Service default/web spec.selector';

test.for([
  ['nothing wrong', good, 0],
  ['a mistake', bad, 1],
  ['objects that lint does not look at', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n', 3],
] as const)('exit code: %s', async ([, stdin, exitCode]) => {
  expect(await run(['lint', '-f', '-'], { stdin })).toMatchObject({ exitCode, stderr: '' });
});

test('the report names place, object and fix', async () => {
  const { stdout } = await run(['lint', '-f', file('bad.yaml', bad), '-n', 'shop', '-o', 'json']);
  const report = LintReport.parse(JSON.parse(stdout));
  expect(report.findings).toMatchObject([
    {
      diagnosis: 'empty-service',
      certainty: 'possible',
      object: { kind: 'Service', namespace: 'shop', name: 'web' },
      place: { file: at('bad.yaml'), line: 12, column: 8 },
      fix: { says: expect.stringContaining('app: web') },
    },
  ]);
});

describe('what is read', () => {
  test('folders with their folders, but for hidden ones and other files', async () => {
    file('tree/a/web.yaml', web);
    file('tree/b/service.yml', bad.slice(web.length));
    file('tree/.git/x.yaml', 'a: 1\n b: 2');
    file('tree/README.md', '# {{');
    const { stdout } = await run(['lint', '-f', at('tree')]);
    expect(stdout).toContain(join(at('tree'), 'b/service.yml:5:8'));
  });
  test('several files', async () => {
    const [a, b] = [file('one.yaml', web), file('two.yaml', bad.slice(web.length))];
    expect(await run(['lint', '-f', a, '-f', b])).toMatchObject({ exitCode: 1 });
  });
  test.for([
    ['a file that is not there', () => ['-f', at('none.yaml')], /none\.yaml cannot be read: there is no such file/u],
    [
      'a folder without manifests',
      () => (mkdirSync(at('empty'), { recursive: true }), ['-f', at('empty')]),
      /no \.yaml/u,
    ],
    ['bad YAML', () => ['-f', file('broken.yaml', 'a: 1\n b: 2')], /broken\.yaml:1:4: /u],
    [
      'another kind of file',
      () => ['-f', file('page.yaml', PROSE)],
      /page\.yaml:1:\d+: .{1,160}, and \d+ more: this is no YAML$/u,
    ],
    ['no object', () => ['-f', file('values.yaml', 'replicas: 2')], /values\.yaml:1:1: not a Kubernetes object/u],
    ['binary', () => ['-f', file('x.json', 'a\u0000b')], /no text/u],
    ['nothing', () => ['-f', ''], /empty/u],
    ['an output that is not known', () => ['-f', '-', '-o', 'serif'], /--output serif is not known/u],
    ['a baseline without a file', () => ['-f', '-', '--write-baseline'], /--write-baseline needs to know where/u],
    ['a baseline that is not there', () => ['-f', '-', '--baseline', at('none.txt')], /none\.txt cannot be read/u],
    [
      'a baseline that is none',
      () => ['-f', '-', '--baseline', file('odd.txt', '# x\n\nhello\n')],
      /odd\.txt:3: not a line of a baseline/u,
    ],
  ] as const)('refused in one line: %s', async ([, flags, says]) => {
    const { error, stdout } = await run(['lint', ...flags()], { stdin: good });
    expect(error?.message).toMatch(says);
    expect(error?.hint).not.toBeNull();
    expect(stdout).toBe('');
  });
});

describe('a baseline', () => {
  test('what it accepts decides nothing, what is new does, and what is gone is told', async () => {
    const list = at('accepted.txt');
    expect(await run(['lint', '-f', '-', '--baseline', list, '--write-baseline'], { stdin: bad })).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    expect(readFileSync(list, 'utf8')).toContain(`\n${key}\n`);
    const again = await run(['lint', '-f', '-', '--baseline', list], { stdin: `# moved\n${bad}` });
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    expect(again.stdout).not.toContain('empty-service');
    const more = await run(['lint', '-f', '-', '--baseline', list], {
      stdin: bad
        .replace('targetPort: 8080', 'targetPort: 8080')
        .replace('name: web}\nspec: {selector', 'name: api}\nspec: {selector'),
    });
    expect(more).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`no longer found, so remove it from the baseline: ${key}`),
    });
    const verbose = await run(['lint', '-f', '-', '--baseline', list, '-v'], { stdin: bad });
    expect(verbose.stdout).toContain('by the baseline');
  });
});

describe('a cluster', () => {
  const connect = async () => servingClient({ objects: SHOP });
  test('its own objects, all or of one namespace', async () => {
    const all = await run(['lint', '-o', 'json'], { stages: { connect } });
    const report = LintReport.parse(JSON.parse(all.stdout));
    expect(report.checked.length).toBeGreaterThan(1);
    expect(report.findings.every(({ place }) => place === null)).toBe(true);
    const one = await run(['lint', '-n', 'nobody', '-o', 'json'], { stages: { connect } });
    expect(one.exitCode).toBe(3);
  });
  test('files are judged by what runs there', async () => {
    const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: x, namespace: shop}
spec: {ingressClassName: ngnix, defaultBackend: {service: {name: web, port: {number: 80}}}}
`;
    expect(await run(['lint', '-f', '-'], { stdin: ingress })).toMatchObject({ exitCode: 0 });
    const { stdout } = await run(['lint', '-f', '-', '--with-cluster'], { stdin: ingress, stages: { connect } });
    expect(stdout).toContain('is of class ngnix, which nobody');
  });
  test('without the right to list CronJobs nothing is concluded from pods that are not there', async () => {
    const nightly = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nightly, namespace: shop}
spec: {podSelector: {matchLabels: {app: nightly}}, policyTypes: [Ingress]}
`;
    const lintOf = (denied: string[]) =>
      run(['lint', '-f', '-', '--with-cluster', '-o', 'json'], {
        stdin: nightly,
        stages: { connect: async () => servingClient({ objects: SHOP, denied }) },
      });
    const [with_, without] = await Promise.all([lintOf([]), lintOf(['cronjobs'])]);
    expect(LintReport.parse(JSON.parse(with_.stdout)).findings).toMatchObject([
      { diagnosis: 'policy-selects-nothing' },
    ]);
    const report = LintReport.parse(JSON.parse(without.stdout));
    expect(report.findings).toEqual([]);
    expect(report.status).toBe('inconclusive');
    const because = 'may not list cronjobs.batch in all namespaces';
    expect(report.notChecked).toContainEqual({ what: 'cronjobs.batch', because });
  });
  test('a right that is missing leaves it inconclusive and is named', async () => {
    const denied = async () => servingClient({ objects: SHOP, denied: ['pods'] });
    const { stdout, exitCode } = await run(['lint', '-f', '-', '--with-cluster'], {
      stdin: good,
      stages: { connect: denied },
    });
    expect(exitCode).toBe(3);
    expect(stdout).toContain('may not list pods');
  });
});
