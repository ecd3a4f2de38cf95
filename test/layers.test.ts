/** Who may import whom: the table is the architecture, the rest checks it over every import statement. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

interface Layer {
  /** Files by longest prefix. */
  readonly files: string;
  /** Prefixes of what they may import besides their own folder; `npm:NAME` is a package, `node:` Node's own modules. */
  readonly may: readonly string[];
  /** No clock, no randomness, no environment, no output. */
  readonly pure?: boolean;
}

const COMMON = ['src/model/', 'probes/wire.ts', 'npm:zod'];
const JUDGING = [...COMMON, 'npm:ipaddr.js', 'src/judge/derived.ts'];
/** The only files that may make an API client, and what they are made of. */
const CLIENT_LIBRARY = 'npm:@kubernetes/client-node';
const API = ['src/api/', 'node:', 'npm:undici', 'npm:yaml', CLIENT_LIBRARY];
/** The port to Kubernetes, and the two readers of what comes through it that placing shares with discovery. */
const PORT = ['src/api/', 'src/discover/workload-names.ts', 'src/discover/workloads.ts'];
/** From the facts upward: each room of the judge may import those before it. */
const JUDGE_ROOMS = ['policy', 'rules', 'evidence', 'words', 'traces', 'engine', 'views', 'fixes', 'diagnoses'];
const STAGES = [
  'api',
  'discover',
  'plan',
  'place',
  'collect',
  'judge',
  'render',
  'history',
  'publish',
  'terminal',
  'recording',
  'redact',
  'sweep',
  'timings',
  'lint',
  'manifests',
].map((stage) => `src/${stage}/`);

const LAYERS: readonly Layer[] = [
  { files: 'probes/', may: ['probes/', 'node:'] },
  { files: 'probes/wire', may: [], pure: true },
  { files: 'src/model/', may: ['probes/wire.ts', 'npm:zod'], pure: true },
  { files: 'src/model/nearest', may: ['npm:fastest-levenshtein'], pure: true },
  { files: 'src/experiments/', may: [...COMMON, 'npm:ipaddr.js'], pure: true },
  { files: 'src/plan/', may: [...JUDGING, 'src/experiments/'], pure: true },
  { files: 'src/judge/derived', may: [], pure: true },
  ...JUDGE_ROOMS.map((room, place) => ({
    files: `src/judge/${room}/`,
    may: [...JUDGING, ...JUDGE_ROOMS.slice(0, place).map((below) => `src/judge/${below}/`), 'npm:yaml'],
    pure: true,
  })),
  { files: 'src/judge/', may: [...JUDGING, 'src/judge/'], pure: true },
  { files: 'src/timings/', may: [...COMMON, 'src/judge/evidence/', 'src/timings/'], pure: true },
  { files: 'src/lint/', may: [...JUDGING, 'src/judge/policy/', 'src/judge/views/selector.ts'], pure: true },
  { files: 'src/manifests/', may: [...COMMON, 'src/api/', 'node:', 'npm:yaml'] },
  {
    files: 'src/render/html/',
    may: ['src/model/', 'probes/wire.ts', 'src/render/', 'src/judge/evidence/syn-schedule.ts', 'npm:d3-'],
    pure: true,
  },
  {
    files: 'src/render/',
    may: ['src/model/', 'npm:zod', 'npm:string-width', 'npm:wrap-ansi', 'npm:picocolors'],
    pure: true,
  },
  { files: 'src/api/', may: [...COMMON, 'src/api/', 'node:'] },
  { files: 'src/discover/', may: [...JUDGING, 'src/api/', 'src/discover/', 'node:', 'npm:p-limit', 'npm:yaml'] },
  { files: 'src/api/held-input.ts', may: [...COMMON, ...API, 'npm:ws'] },
  ...['client', 'kubeconfig', 'transport', 'library'].map((name) => ({
    files: `src/api/${name}.ts`,
    may: [...COMMON, ...API],
  })),
  { files: 'src/place/', may: [...COMMON, ...PORT, 'node:', 'npm:p-limit', 'npm:esbuild'] },
  {
    files: 'src/collect/',
    may: [...COMMON, ...PORT, 'probes/parse.ts', 'probes/pack.ts', 'node:', 'npm:p-limit', 'src/place/'],
  },
  { files: 'src/history/', may: [...COMMON, 'src/sweep/history-port.ts', 'node:'] },
  {
    files: 'src/publish/',
    may: [
      ...COMMON,
      ...PORT,
      'src/publish/',
      'src/render/clean.ts',
      'node:',
      'npm:@opentelemetry/',
      'npm:p-limit',
      'npm:prom-client',
      'npm:undici',
    ],
  },
  ...['news', 'metrics/families', 'metrics/labels', 'notice/notice', 'notice/slack', 'events/event'].map((name) => ({
    files: `src/publish/${name}.ts`,
    may: [...COMMON, 'src/api/cluster-client.ts', 'src/render/clean.ts', 'src/publish/'],
    pure: true,
  })),
  ...[
    'changes',
    'check-report',
    'expectations',
    'init',
    'key',
    'latency',
    'notify',
    'reach',
    'report',
    'target-report',
  ].map((name) => ({
    files: `src/sweep/${name}.ts`,
    may: [...COMMON, 'src/sweep/', 'src/judge/', 'src/publish/settings.ts', 'npm:yaml'],
    pure: true,
  })),
  // It groups pods as lint does.
  {
    files: 'src/sweep/reach-init.ts',
    may: [...COMMON, 'src/sweep/', 'src/judge/', 'src/lint/', 'npm:yaml'],
    pure: true,
  },
  {
    files: 'src/sweep/',
    may: [
      ...COMMON,
      'src/sweep/',
      'src/judge/',
      'src/plan/',
      'src/collect/',
      'src/measure.ts',
      'src/options.ts',
      'src/publish/settings.ts',
      'npm:yaml',
    ],
  },
  {
    files: 'src/lab/',
    may: [
      'src/model/user-error.ts',
      'node:',
      'npm:ws',
      'npm:fastest-levenshtein',
      'npm:zod',
      'npm:yaml',
      'npm:ipaddr.js',
      'npm:undici',
      'npm:p-limit',
      'npm:rfc6902',
    ],
  },
  { files: 'src/terminal/', may: [...COMMON, 'node:', 'npm:', 'src/commands/command.ts', 'src/render/'] },
  {
    files: 'src/redact/',
    may: [...COMMON, 'npm:ipaddr.js', 'npm:fastest-levenshtein'],
    pure: true,
  },
  { files: 'src/recording/', may: [...COMMON, 'probes/', 'node:'] },
  { files: 'src/', may: [...STAGES, ...COMMON, 'probes/', 'package.json', 'node:', 'npm:'] },
  { files: 'src/commands/', may: ['src/', 'probes/', 'package.json', 'node:', 'npm:'] },
  { files: 'src/cli', may: ['src/', 'probes/', 'node:', 'npm:'] },
  { files: 'src/demo', may: ['src/', 'node:', 'npm:'] },
];

const IMPORT =
  /(?:^|[;}\s])(?:import|export)\s+[^'";]*?from\s*'([^']+)'|(?:^|[;\s])import\s*'([^']+)'|import\(\s*'([^']+)'/g;
const WORDS = /\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/gm;
const EFFECT =
  /\b(?:Date\.now|new Date\(\)|Math\.random|process\.|console\.|performance\.|setTimeout|setInterval|fetch\()/;

/** Files, or packages as `node:` and `npm:`; of types as well. */
function importsOf(file: string, code: string): string[] {
  return [...code.matchAll(IMPORT)].map(([, from, bare, dynamic]) => {
    const to = from ?? bare ?? dynamic ?? '';
    if (to.startsWith('.')) return normalize(join(dirname(file), to));
    return to.startsWith('node:') ? to : `npm:${to}`;
  });
}

function layerOf(file: string): Layer | undefined {
  return LAYERS.filter(({ files }) => file.startsWith(files)).sort((a, b) => b.files.length - a.files.length)[0];
}

function offences(file: string, code: string): string[] {
  const layer = layerOf(file);
  if (!layer) return [`${file} belongs to no layer`];
  const may = (to: string): boolean =>
    layerOf(to) === layer ||
    layer.may.some((prefix) => to.startsWith(prefix) && (prefix !== 'npm:' || to !== CLIENT_LIBRARY));
  const wrong = importsOf(file, code)
    .filter((found) => !may(found))
    .map((to) => `${file} imports ${to}`);
  const effect = layer.pure ? EFFECT.exec(code.replaceAll(WORDS, ' ')) : null;
  return effect ? [...wrong, `${file} uses ${effect[0]}`] : wrong;
}

/** The first circle of imports found, as a list of files. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...trail, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return null;
}

const sources = globSync('{src,probes}/**/*.ts').map((file) => ({ file, code: readFileSync(file, 'utf8') }));

test.for([
  ['src/render/json.ts', "import { judge } from '../judge/judge.ts';"],
  ['src/render/json.ts', "export { judge } from '../judge/judge.ts';"],
  ['src/judge/judge.ts', "import { readFile } from 'node:fs/promises';"],
  ['src/judge/evidence/modes.ts', "import {\n  lostSyn,\n} from '../diagnoses/lost-syn.ts';"],
  ['src/experiments/entries.ts', 'const now = Date.now();'],
  ['src/experiments/entries.ts', 'console.log(1);'],
  ['src/lab/api.ts', "import type { Cluster } from '../model/cluster.ts';"],
  ['src/diagnose.ts', "import { up } from './lab/lab.ts';"],
  ['src/api/watch.ts', "import { discover } from '../discover/discover.ts';"],
  ['src/place/pods.ts', "const { KubeConfig } = await import('@kubernetes/client-node');"],
  ['src/diagnose.ts', "import type { KubeConfig } from '@kubernetes/client-node';"],
  ['probes/main.ts', "import type { Plan } from '../src/model/plan.ts';"],
  ['src/timings/explain.ts', "import { judge } from '../judge/judge.ts';"],
] as const)('catches in %s: %s', ([file, code]) => {
  expect(offences(file, code)).toHaveLength(1);
});

test.for([
  ['src/render/json.ts', "import type { Verdict } from '../model/verdict.ts';"],
  ['src/judge/judge.ts', "// now is not Date.now()\nconst word = 'console.log';"],
  ['src/cli.ts', "import { up } from './lab/lab.ts';"],
] as const)('lets pass in %s: %s', ([file, code]) => {
  expect(offences(file, code)).toEqual([]);
});

test('every import goes down the table', () => {
  expect(sources.flatMap(({ file, code }) => offences(file, code))).toEqual([]);
});

test('catches a circle of imports', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ]);
  expect(cycleIn(graph)).toEqual(['b', 'c', 'b']);
});

test('no file imports itself by way of others', () => {
  expect(cycleIn(new Map(sources.map(({ file, code }) => [file, importsOf(file, code)])))).toBeNull();
});
