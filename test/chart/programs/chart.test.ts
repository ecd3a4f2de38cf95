/** The chart, as real Helm reads it: the same objects as `kprobe install`, and as clear a refusal. */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { run } from '../../cli/session.ts';
import { runProgram } from '../../publish/programs/program.ts';
import { CHART, documentsOf, endHelm, lintOf, type Objects, objectsOf, rendered } from './helm.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-chart-'));
afterAll(async () => {
  await endHelm();
  rmSync(folder, { recursive: true });
});

const FILE = 'targets: [shop.example.com]\n';
const ALL = `# ours
targets:
  - target: svc/web # ü
    namespace: shop
    from: shop/checkout
    expect: p99 < 50ms
budget: { timeout: 90s, pods: 30 }
notify: { events: true, pushgateway: { url: "http://push:9091" }, webhook: { urlFromEnv: HOOK, kind: slack } }
`;
const image = { repository: 'registry.example/kprobe', tag: '1' };
const sweep = (file: unknown, more: object = {}) => ({ schedule: '*/10 * * * *', file, ...more });
const digest = `sha256:${'a'.repeat(64)}`;

interface Pair {
  readonly values: object;
  readonly flags: readonly string[];
  /** The sweep file of the flags. */
  readonly file?: string;
}

const SAME: Record<string, Pair> = {
  'nothing said': { values: {}, flags: [] },
  'without the network of nodes': { values: { hostVantages: false }, flags: ['--no-host'] },
  'users, groups and accounts': {
    values: {
      subjects: [
        { kind: 'User', name: 'jane@example.com' },
        { kind: 'Group', name: 'sre: night' },
        { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
        { kind: 'ServiceAccount', namespace: 'kprobe', name: 'other' },
      ],
    },
    flags: '--user jane@example.com --service-account ci/bot kprobe/other'.split(' ').concat('--group', 'sre: night'),
  },
  twins: { values: { twins: ['shop', 'kprobe'] }, flags: ['--twins', 'shop,kprobe'] },
  'containers in the pods of others': {
    values: { twins: ['shop', 'kprobe'], inside: true },
    flags: ['--twins', 'shop,kprobe', '--inside'],
  },
  'further ConfigMaps': { values: { configMaps: ['edge', 'a.b'] }, flags: ['--configmap', 'edge', 'a.b'] },
  'a sweep': { values: { image, sweep: sweep(FILE) }, flags: [], file: FILE },
  'a sweep whose file is values': { values: { image, sweep: sweep(parse(FILE)) }, flags: [], file: FILE },
  'a sweep with all there is': {
    values: {
      image: { ...image, pullPolicy: 'Always', pullSecrets: ['reg', 'two'] },
      hostVantages: false,
      twins: ['shop'],
      subjects: [{ kind: 'User', name: 'jane' }],
      sweep: sweep(ALL, {
        timeZone: 'Europe/Berlin',
        clusterName: 'production: eu',
        environmentSecrets: ['hook'],
        history: { size: '500Mi', storageClass: 'fast' },
      }),
    },
    flags: [
      ...'--no-host --twins shop --user jane --pull-policy Always --pull-secret reg --pull-secret two'.split(' '),
      ...'--time-zone Europe/Berlin --env-secret hook --history-size 500Mi --storage-class fast'.split(' '),
      ...['--cluster-name', 'production: eu'],
    ],
    file: ALL,
  },
  'no history': {
    values: { image, sweep: sweep(FILE, { history: { enabled: false } }) },
    flags: ['--history', 'none'],
    file: FILE,
  },
  'no history, as the file says': {
    values: { image, sweep: sweep(`${FILE}history: none\n`) },
    flags: [],
    file: `${FILE}history: none\n`,
  },
  'a digest': {
    values: { image: { ...image, digest }, sweep: sweep(FILE) },
    flags: ['--image', `registry.example/kprobe@${digest}`],
    file: FILE,
  },
  ...Object.fromEntries(
    ['20s', '1h', '45', '1.5m', '2 m', '100000ms'].map((timeout): [string, Pair] => {
      const file = `${FILE}budget: { timeout: ${timeout} }\n`;
      return [`a sweep that may take ${timeout}`, { values: { image, sweep: sweep(file) }, flags: [], file }];
    }),
  ),
};

describe('makes what kprobe install makes', () => {
  test.for(Object.entries(SAME))('%s', async ([, { values, flags, file }]) => {
    expect(plain(await objectsOf({ values }))).toEqual(plain(await installed(flags, file)));
  });

  test('with labels by which kprobe uninstall leaves it alone', async () => {
    const objects = await objectsOf({ values: { image, sweep: sweep(FILE), twins: ['shop'] } });
    expect(objects.length).toBeGreaterThan(15);
    expect(new Set(objects.map(({ metadata }) => metadata.labels['app.kubernetes.io/managed-by']))).toEqual(
      new Set(['Helm']),
    );
  });

  test('the sweep file arrives as it was written', async () => {
    const objects = await objectsOf({ values: { image, sweep: sweep(ALL) } });
    const map = objects.find(({ kind }) => kind === 'ConfigMap');
    expect(map?.['data']).toEqual({ 'sweep.yaml': ALL });
  });
});

async function installed(flags: readonly string[], file?: string): Promise<Objects> {
  const path = join(folder, 'sweep.yaml');
  writeFileSync(path, file ?? '');
  const own = flags.includes('--image') ? [] : ['--image', `${image.repository}:${image.tag}`];
  const scheduled = file === undefined ? [] : ['--schedule', '*/10 * * * *', '-f', path, ...own];
  const { stdout, error } = await run(['install', '--dry-run', '-o', 'json', ...flags, ...scheduled]);
  expect(error).toBeNull();
  return (JSON.parse(stdout) as { items: Objects }).items;
}

/** Without what says who made it, and lists that are empty; in one order. */
function plain(objects: Objects): Record<string, unknown> {
  const made = objects.map((object) => {
    const {
      labels,
      annotations: _,
      ...metadata
    } = object['metadata'] as { labels: Record<string, string>; annotations?: object };
    const own = Object.entries(labels).filter(([key]) => !/managed-by|instance|helm\.sh/.test(key));
    const data = object['data'] === undefined ? {} : { data: parse(object['data']['sweep.yaml']) as unknown };
    return { ...object, metadata: { ...metadata, labels: Object.fromEntries(own) }, ...data } as Record<string, any>;
  });
  const keyed = made.map((each): [string, unknown] => [
    `${each['kind']} ${each['metadata'].namespace ?? ''}/${each['metadata'].name}`,
    JSON.parse(
      JSON.stringify(each, (_, value: unknown) => (Array.isArray(value) && value.length === 0 ? undefined : value)),
    ),
  ]);
  expect(new Set(keyed.map(([key]) => key)).size).toBe(keyed.length);
  return Object.fromEntries(keyed.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

describe('the history', () => {
  const annotationsOf = async (values: object) =>
    (await objectsOf({ values })).flatMap(({ kind, metadata }) =>
      metadata.annotations === undefined ? [] : [[kind, metadata.annotations]],
    );

  test('stays with its namespace when the release goes, unless it is not to', async () => {
    const keep = { 'helm.sh/resource-policy': 'keep' };
    expect(await annotationsOf({ image, sweep: sweep(FILE) })).toEqual([
      ['Namespace', keep],
      ['PersistentVolumeClaim', keep],
    ]);
    expect(await annotationsOf({ image, sweep: sweep(FILE, { history: { keep: false } }) })).toEqual([]);
    expect(await annotationsOf({})).toEqual([]);
  });
});

describe('refuses, and says what to do', () => {
  test.for<[string, object, RegExp]>([
    ['a value that does not exist', { sweeps: {} }, /sweeps/],
    ['one that is misspelt', { sweep: { shedule: '@hourly' } }, /shedule/],
    ['a schedule that is none', { sweep: { schedule: 'hourly' } }, /schedule/],
    ['a time zone in the schedule', { sweep: { schedule: 'CRON_TZ=UTC 0 6 * * *' } }, /schedule/],
    ['a subject of no kind', { subjects: [{ name: 'jane' }] }, /subjects/],
    ['an account without a namespace', { subjects: [{ kind: 'ServiceAccount', name: 'x' }] }, /subjects/],
    ['a namespace that cannot be called so', { twins: ['Shop'] }, /twins/],
    ['a size that is none', { sweep: { history: { size: '1 GB' } } }, /size/],
    ['a pull policy that is none', { image: { pullPolicy: 'Sometimes' } }, /pullPolicy/],
    ['a field that no sweep file has', { sweep: { file: { targets: ['a'], notfy: {} } } }, /notfy/],
    ['a field that no target has', { sweep: { file: { targets: [{ target: 'a', form: 'b/c' }] } } }, /form|targets/],
    ['containers in the pods of nobody', { inside: true }, /inside needs to know in which namespaces/],
    ['a sweep without an image', { sweep: sweep(FILE) }, /needs image\.repository.*docker build/],
    [
      'a sweep with an image of Node',
      { image: { repository: 'docker.io/node' }, sweep: sweep(FILE) },
      /has no kprobe in it/,
    ],
    ['scraping of everything', { podMonitor: { enabled: true } }, /needs podMonitor\.selector/],
    ['a sweep of nothing', { image, sweep: sweep('budget: {}') }, /sweep\.file with targets.*--init/],
    ['a sweep without a file', { image, sweep: { schedule: '@hourly' } }, /sweep\.file with targets/],
    ['a file that is no YAML', { image, sweep: sweep('targets: [') }, /sweep\.file is no YAML/],
    ['a time that is none', { image, sweep: sweep(`${FILE}budget: { timeout: soon }`) }, /timeoutSeconds|duration/],
  ])('%s', async ([, values, expected]) => {
    await expect(objectsOf({ values })).rejects.toThrow(expected);
  });

  test('a release in the namespace that the chart makes', async () => {
    const said = /-n default.*kubectl create namespace kprobe; kubectl label/;
    await expect(objectsOf({ namespace: 'kprobe' })).rejects.toThrow(said);
    const own = await objectsOf({ namespace: 'kprobe', values: { namespace: { create: false } } });
    expect(own.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)).toEqual([
      'kprobe-host',
    ]);
  });
});

const EVERYTHING = SAME['a sweep with all there is']?.values ?? {};

test.for([
  ['its defaults', {}],
  ['all there is', EVERYTHING],
] as const)('helm lint --strict has nothing to say of %s', async ([, values]) => {
  expect(await lintOf({ values })).toEqual([]);
});

test('helm lint --strict would say it: a template that is no YAML', async () => {
  const copy = copied('broken');
  writeFileSync(join(copy, 'templates', 'more.yaml'), 'a: [\n');
  expect((await lintOf({ chart: copy })).join()).toContain('more.yaml');
});

describe('every object has the shape that Kubernetes knows', () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const schemas = new Map(
    globSync('test/chart/schemas/*.json').map((file) => {
      const schema = JSON.parse(readFileSync(file, 'utf8')) as object;
      return [file.split('/').at(-1)?.split('-')[0] ?? '', ajv.compile(schema)];
    }),
  );
  const problemsOf = (objects: Objects) =>
    objects.flatMap((each) => {
      const kind = String(each['kind']);
      const check = schemas.get(kind.toLowerCase());
      if (check === undefined) return [`no schema of ${kind}`];
      return check(each) ? [] : [`${kind}: ${ajv.errorsText(check.errors)}`];
    });

  test.for(Object.entries(SAME))('%s', async ([, { values }]) => {
    const files = Object.entries(await rendered({ values })).filter(([file]) => file.endsWith('.yaml'));
    const objects = files.flatMap(([, text]) => documentsOf(text));
    expect(objects.length).toBeGreaterThan(5);
    expect(problemsOf(objects)).toEqual([]);
  });

  test('and one with a field that does not exist has not', async () => {
    const [cronJob] = (await objectsOf({ values: EVERYTHING })).filter(({ kind }) => kind === 'CronJob');
    cronJob!['spec'].jobTemplate.spec.template.spec.containers[0].imagePullPolice = 'Always';
    expect(problemsOf([cronJob!]).join()).toMatch(/additional properties/);
  });
});

describe('helm test', () => {
  const testsOf = async (values: object) =>
    documentsOf((await rendered({ values }))['kprobe/templates/tests/doctor.yaml'] ?? '');

  test('asks the doctor, as the sweep would be', async () => {
    const [pod] = await testsOf(EVERYTHING);
    const cronJob = (await objectsOf({ values: EVERYTHING })).find(({ kind }) => kind === 'CronJob');
    const sweepPod = cronJob?.['spec'].jobTemplate.spec.template.spec;
    expect(pod?.['spec'].containers[0].args).toEqual(
      `doctor --image ${image.repository}:1 --pull-policy Always --no-host`.split(' '),
    );
    for (const field of ['serviceAccountName', 'imagePullSecrets', 'securityContext'])
      expect(pod?.['spec'][field]).toEqual(sweepPod[field]);
    expect(pod?.['spec'].containers[0].securityContext).toEqual(sweepPod.containers[0].securityContext);
  });

  test.for([
    ['an image', {}],
    ['an account of its own', { image, subjects: [{ kind: 'User', name: 'jane' }] }],
  ])('is nothing without %s', async ([, values]) => {
    expect(await testsOf(values as object)).toEqual([]);
  });
});

describe('alerts and scraping', () => {
  /** Helm as a library tells charts of no kinds but Kubernetes' own: a copy of the chart is told that they are there. */
  const monitored = copied('monitored');
  const file = join(monitored, 'templates', 'monitoring.yaml');
  const asked = /\(\.Capabilities\.APIVersions\.Has "monitoring\.coreos\.com\/v1\/\w+"\)/g;
  const template = readFileSync(file, 'utf8');
  writeFileSync(file, template.replaceAll(asked, 'true'));
  const monitoringOf = async (values: object, chart = monitored) =>
    documentsOf((await rendered({ values, chart }))['kprobe/templates/monitoring.yaml'] ?? '');

  test('are nothing where the cluster does not know their kinds', async () => {
    expect(template.match(asked)).toHaveLength(2);
    expect(
      await monitoringOf({ ...EVERYTHING, podMonitor: { enabled: true, selector: { app: 'push' } } }, CHART),
    ).toEqual([]);
  });

  test('the rules are those of deploy/prometheus, and promtool knows them', async () => {
    const labels = { release: 'prometheus' };
    const values = { ...EVERYTHING, prometheusRule: { labels, missingAfterSeconds: 7200 } };
    const [rule] = await monitoringOf(values);
    expect(rule?.['metadata'].labels).toMatchObject(labels);
    const text = readFileSync('deploy/prometheus/kprobe.rules.yaml', 'utf8').replace(
      '_seconds > 1800',
      '_seconds > 7200',
    );
    expect(rule?.['spec']).toEqual(parse(text));
    const rules = join(folder, 'rules.yaml');
    writeFileSync(rules, stringify(rule?.['spec']));
    expect(runProgram('promtool', ['check', 'rules', rules])).toMatchObject({ status: 0 });
  });

  test.for<[string, object]>([
    ['no sweep', {}],
    ['a sweep that hands nothing on', { image, sweep: sweep(FILE) }],
    ['no wish for them', { ...EVERYTHING, prometheusRule: { enabled: false } }],
  ])('with %s there are no rules', async ([, values]) => {
    expect(await monitoringOf(values)).toEqual([]);
  });

  test('the Pushgateway is scraped with the labels that were pushed', async () => {
    const [monitor] = await monitoringOf({
      podMonitor: { enabled: true, selector: { app: 'push' }, namespaces: ['metrics'] },
    });
    expect(monitor?.['spec']).toEqual({
      namespaceSelector: { matchNames: ['metrics'] },
      selector: { matchLabels: { app: 'push' } },
      podMetricsEndpoints: [{ port: 'http', interval: '30s', honorLabels: true }],
    });
  });
});

describe('the notes', () => {
  const notesOf = async (values: object) => (await rendered({ values }))['kprobe/templates/NOTES.txt'] ?? '';

  test('name who may, and what to do next', async () => {
    const notes = await notesOf({ image });
    expect(notes).toContain('ServiceAccount kprobe/kprobe');
    expect(notes).toContain('helm test kprobe -n default');
    expect(notes).not.toMatch(/!|sweep of/);
  });

  test('say what a sweep still needs', async () => {
    const notes = await notesOf({
      image: { ...image, pullSecrets: ['reg'] },
      sweep: sweep(ALL, { environmentSecrets: ['hook'] }),
    });
    expect(notes).toMatch(/A sweep of 1 target\(s\) runs at "\*\/10 \* \* \* \*"/);
    for (const name of ['hook', 'reg']) expect(notes).toContain(`! it needs the Secret kprobe/${name}`);
    expect(notes).toContain("--set twins='{shop}'");
    expect(notes).toContain('without sweep.clusterName');
    expect(notes).toContain('kubectl delete namespace kprobe');
  });
});

function copied(name: string): string {
  const copy = join(folder, name);
  cpSync(CHART, copy, { recursive: true });
  return copy;
}
