/** `kprobe lint`: the mistakes of policies, Services and Ingresses that need no packet to be seen. */
import { readFile, writeFile } from 'node:fs/promises';
import type { ClusterClient } from '../api/cluster-client.ts';
import { whyUnreadable } from '../model/unreadable.ts';
import { UserError } from '../model/user-error.ts';
import { checkNamespace, type Flags, text } from '../options.ts';
import type { LintReport } from '../model/lint.ts';
import { LINT_OUTPUTS, lintRenderers } from '../render/lint/render.ts';
import { pageOptions } from '../terminal/screen.ts';
import { choice } from './choice.ts';
import { type Command, EXIT, remark, type Session, write } from './command.ts';
import { connectionFlags, withCluster } from './connection.ts';

export const lint: Command = {
  usage: 'lint',
  summary: 'Find mistakes that need no packet, in manifests or a cluster',
  positionals: {},
  flags: {
    file: {
      alias: 'f',
      type: 'string',
      requiresArg: true,
      describe: 'YAML or JSON: files, folders, or - for standard input; without it the objects of the cluster',
    },
    namespace: {
      alias: 'n',
      type: 'string',
      requiresArg: true,
      describe: 'Of objects in files that name none; in a cluster, the only one to look at [all]',
    },
    'with-cluster': {
      type: 'boolean',
      describe: 'Judge files as if applied to the cluster: its pods, nodes, ingress controllers and policy engine',
    },
    baseline: { type: 'string', requiresArg: true, describe: 'File of findings that are accepted' },
    'write-baseline': { type: 'boolean', describe: 'Accept all that is found: write it to the file of --baseline' },
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: 'terminal',
      describe: 'terminal, json, junit, markdown or sarif',
    },
    verbose: { alias: 'v', type: 'boolean', describe: 'All fixes as YAML, and what the baseline accepts' },
    ...connectionFlags,
  },
  repeated: ['file'],
  examples: [
    ['kprobe lint -f deploy/ --with-cluster', 'Would these manifests work in this cluster?'],
    [
      'helm template shop ./chart | kprobe lint -n shop -f -',
      'A chart, in CI, without a cluster; kubectl kustomize likewise',
    ],
    ['kprobe lint', 'What is already wrong in the cluster, without a probe'],
    [
      'kprobe lint -f deploy/ --baseline lint.txt --write-baseline',
      'Accept what there is; from then on only what is new counts',
    ],
    ['kprobe lint -f deploy/ -o sarif > kprobe.sarif', 'For the code host, beside the lines it is about'],
  ],
  epilogue: [
    'Files alone say nothing of what runs beside them: labels of namespaces, ingress controllers, DNS, nodes.',
    'What depends on these is left out and said, or looked at with --with-cluster.',
    'Every finding is possible, none proven: kprobe diagnose measures.',
    'Exit codes: 0 nothing found, or all of it accepted; 1 found; 2 could not run; 3 nothing to look at, or not allowed to.',
  ].join('\n'),
  endsOnSignal: false,
  async run(flags, session) {
    const output = choice(flags, 'output', LINT_OUTPUTS) ?? 'terminal';
    const asked = askedOf(flags);
    const before = await acceptedIn(asked);
    const { lintObjects } = await import('../lint.ts');
    const { rules } = await import('../lint/index.ts');
    const look = (client: ClusterClient | null, signal: AbortSignal): Promise<LintReport> =>
      lintObjects({ ...asked, client, signal, stdin: session.stdin, baseline: before });
    const needsCluster = asked.paths === null || flags['with-cluster'] === true;
    const report = needsCluster ? await withCluster(flags, session, look) : await look(null, session.signal);
    if (asked.writes && asked.baseline !== null) return keep(report, asked.baseline, session);
    const page = { ...pageOptions(session.stdout, session.env), verbose: flags['verbose'] === true, rules };
    await write(session.stdout, lintRenderers[output](report, page));
    for (const key of report.gone)
      await remark(session.stderr, `kprobe: no longer found, so remove it from the baseline: ${key}\n`);
    return EXIT[report.status];
  },
};

interface Asked {
  readonly paths: readonly string[] | null;
  readonly namespace: string | null;
  readonly baseline: string | null;
  readonly writes: boolean;
}

function askedOf(flags: Flags): Asked {
  const given = flags['file'];
  const paths = given === undefined ? null : (Array.isArray(given) ? given : [given]).map(String);
  if (paths !== null && (paths.length === 0 || paths.some((path) => path.trim() === ''))) {
    throw new UserError('--file is empty', { hint: 'kprobe lint -f deploy/, or - for standard input' });
  }
  const namespace = text(flags, 'namespace');
  if (namespace !== null) checkNamespace(namespace, '--namespace');
  const baseline = text(flags, 'baseline');
  const writes = flags['write-baseline'] === true;
  if (writes && baseline === null) {
    throw new UserError('--write-baseline needs to know where', { hint: 'add --baseline FILE' });
  }
  return { paths, namespace, baseline, writes };
}

/** A baseline that is to be written need not be there. */
async function acceptedIn({ baseline, writes }: Asked): Promise<ReadonlySet<string>> {
  if (baseline === null || writes) return new Set();
  const { readBaseline } = await import('../lint/baseline.ts');
  const content = await readFile(baseline, 'utf8').catch((cause: unknown) => {
    throw new UserError(`--baseline ${baseline} cannot be read: ${whyUnreadable(cause)}`, {
      cause,
      hint: 'add --write-baseline to make it',
    });
  });
  return readBaseline(content, baseline);
}

async function keep({ findings, summary }: LintReport, file: string, session: Session): Promise<number> {
  const { writeBaseline } = await import('../lint/baseline.ts');
  await writeFile(file, writeBaseline(findings)).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`--baseline ${file} cannot be written (${cause.code ?? cause.message})`, { cause });
  });
  await remark(session.stderr, `kprobe: ${summary}: accepted in ${file}\n`);
  return EXIT.healthy;
}
