/** What is committed of the chart is what the source makes, and its values fit its schema. */
import { globSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFiles } from '../../scripts/chart/chart.ts';
import { edit, editNamed } from '../../scripts/chart/edit.ts';
import { each, fill, raw, templateYaml, when } from '../../scripts/chart/template.ts';
import { sweepObjects } from '../../src/install/sweep-manifests.ts';
import { sweepInstallFlags } from '../../src/commands/sweep-install.ts';

const CHART = 'deploy/helm/kprobe';
const read = (name: string) => readFileSync(`${CHART}/${name}`, 'utf8');
const rules = readFileSync('deploy/prometheus/kprobe.rules.yaml', 'utf8');
const files = chartFiles(rules);
/** Written by hand. */
const BY_HAND = [
  '.helmignore',
  'README.md',
  'values.yaml',
  'templates/NOTES.txt',
  'templates/_helpers.tpl',
  'templates/monitoring.yaml',
];

describe('deploy/helm/kprobe', () => {
  test.for(Object.keys(files))('%s is what the source makes: npm run helm', (name) => {
    expect(read(name)).toBe(files[name]);
  });

  test('holds no file that neither the source nor a hand writes any more', () => {
    const there = globSync([`${CHART}/**/*.*`, `${CHART}/.*`]).map((file) => file.slice(CHART.length + 1));
    expect(there.toSorted()).toEqual([...Object.keys(files), ...BY_HAND].toSorted());
  });

  test('has the version of kprobe', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });
});

describe('values', () => {
  const check = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(read('values.schema.json')) as object);
  const defaults = parse(read('values.yaml')) as Record<string, any>;

  test('the defaults fit the schema', () => {
    check(defaults);
    expect(check.errors).toBeNull();
  });

  test('each that there is has its default, and its comment, in values.yaml', () => {
    const { properties } = JSON.parse(read('values.schema.json')) as { properties: Record<string, any> };
    const known = (schema: Record<string, any>, path = ''): string[] =>
      Object.entries(schema).flatMap(([key, { properties: inner }]) =>
        inner === undefined ? [`${path}${key}`] : known(inner, `${path}${key}.`),
      );
    const missing = known(properties).filter((path) => {
      const at = path.split('.').reduce<any>((value, key) => value?.[key], defaults);
      return at === undefined && path !== 'global';
    });
    expect(missing).toEqual([]);
  });

  test('the defaults are those of kprobe install', () => {
    const [cronJob] = sweepObjects({
      schedule: '@daily',
      timeZone: null,
      file: '',
      timeoutMs: 0,
      image: '',
      pull: { secrets: [], policy: 'IfNotPresent' },
      history: null,
      environmentSecrets: [],
      hostVantages: true,
      clusterName: null,
    }).flatMap(({ kind, object }) => (kind === 'CronJob' ? [object as Record<string, any>] : []));
    const container = cronJob?.['spec'].jobTemplate.spec.template.spec.containers[0];
    expect(defaults['sweep'].resources).toEqual(container?.resources);
    expect(defaults['sweep'].history.size).toBe(sweepInstallFlags['history-size'].default);
    expect(defaults['image'].pullPolicy).toBe(sweepInstallFlags['pull-policy'].default);
  });

  test.for([
    ['fields', { targets: ['a', { target: 'b', expect: 'p99 < 1s', slowAfter: '2s' }], budget: { timeout: 90 } }],
    ['text', 'targets: [a]'],
    ['nothing', null],
  ])('a sweep file may be %s', ([, file]) => {
    check({ sweep: { file } });
    expect(check.errors).toBeNull();
  });

  test.for([
    ['a field that does not exist', { targets: ['a'], notfy: {} }],
    ['no targets', { budget: {} }],
    ['a time that is none', { targets: ['a'], budget: { timeout: 'soon' } }],
    ['a number out of range', { targets: ['a'], budget: { pods: 0 } }],
    ['text where there is yes and no', { targets: ['a'], notify: { events: 'yes' } }],
  ])('a sweep file may not have %s', ([, file]) => {
    expect(check({ sweep: { file } })).toBe(false);
  });
});

describe('a template', () => {
  test('is the object, with places that Helm fills in', () => {
    const object = {
      name: fill('.Values.name | quote'),
      text: `before ${fill('.x')} after`,
      labels: { 'a/b': 'true', of: when('.Values.of', fill('.Values.of')) },
      items: [1, when('.Values.two', { name: 'two' }), each('$.Values.more', '--more', fill('.'))],
      block: raw('|\n  {{- .Values.block | nindent 2 }}'),
    };
    expect(templateYaml(object)).toBe(`name: {{ .Values.name | quote }}
text: before {{ .x }} after
labels:
  a/b: "true"
  {{- if .Values.of }}
  of: {{ .Values.of }}
  {{- end }}
items:
  - 1
  {{- if .Values.two }}
  - name: two
  {{- end }}
  {{- range $.Values.more }}
  - --more
  - {{ . }}
  {{- end }}
block: |
  {{- .Values.block | nindent 2 }}
`);
  });

  test('cannot be made of a place that has gone', () => {
    expect(() => edit({ a: { b: 1 } }, ['a', 'c'], () => 2)).toThrow('nothing at c');
    expect(() => editNamed([{ name: 'a' }], 'b', () => 2)).toThrow('no b');
    expect(edit({ a: [{ b: 1 }, 3] }, ['a', 0, 'b'], () => 2)).toEqual({ a: [{ b: 2 }, 3] });
  });
});
