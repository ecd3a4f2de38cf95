/** `kprobe matrix`: what each node sees of each other. */
import { type Flags, type MatrixOptions, matrixOptions } from '../options.ts';
import { saveRecording } from '../recording/save.ts';
import { jsonPieces } from '../render/json.ts';
import { type MatrixOutput, matrixRenderers } from '../render/matrix/render.ts';
import { shellWord } from '../render/shell.ts';
import { pageOptions } from '../terminal/screen.ts';
import { choice } from './choice.ts';
import { type Command, EXIT, remark, type Session, write } from './command.ts';
import { clusterFlags, EXIT_CODES } from './flags.ts';
import { htmlOptions, refuseScreen } from './html.ts';
import { imageFlags, pullChoice } from './image-flags.ts';
import { measuring } from './measuring.ts';

const OUTPUTS = ['terminal', 'json', 'csv', 'html'] as const satisfies readonly (MatrixOutput | 'html')[];

export const matrix: Command = {
  usage: 'matrix',
  summary: 'Measure latency, loss and packet sizes between all nodes, and DNS from each',
  positionals: {},
  flags: {
    nodes: { type: 'string', requiresArg: true, describe: 'Label selector: zone=a, or pool in (web, db)' },
    network: { type: 'string', requiresArg: true, describe: 'pod, host or both [both up to 200 nodes, pod beyond]' },
    protocol: { type: 'string', requiresArg: true, default: 'tcp', describe: 'tcp, udp or http' },
    size: { type: 'string', requiresArg: true, describe: 'Bytes of each answer (tcp), or datagram (udp)' },
    budget: {
      type: 'string',
      requiresArg: true,
      describe: 'Others that each node measures at most [all up to 71 nodes, then fewer, never below 8]',
    },
    rounds: {
      type: 'string',
      requiresArg: true,
      default: '1',
      describe: 'So often, with other node pairs and --timeout each, until one is bad; 4-6: of a --series',
    },
    series: { type: 'string', requiresArg: true, describe: 'What later runs know its rounds by: nightly' },
    ...clusterFlags,
    timeout: {
      type: 'string',
      requiresArg: true,
      describe: 'For the whole run: 30s, 10m [5m up to 900 nodes, 20 s more for each 100 beyond]',
    },
    'slow-after': {
      type: 'string',
      requiresArg: true,
      default: '500ms',
      describe: 'From here on any answer counts as slow',
    },
    ...imageFlags,
    save: { type: 'string', requiresArg: true, describe: 'Keep what was measured in FILE, for kprobe explain' },
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: 'terminal',
      describe: 'terminal, json, csv or html',
    },
    verbose: { alias: 'v', type: 'boolean', describe: 'All findings in full' },
    quiet: { alias: 'q', type: 'boolean', describe: 'No progress on stderr' },
  },
  examples: [
    ['kprobe matrix', 'Which node, pair or zone is bad?'],
    ['kprobe matrix --nodes topology.kubernetes.io/zone=a --network host', 'The nodes of one zone, below the overlay'],
    ['kprobe matrix --protocol udp --size 1400 -o csv > matrix.csv', 'Large datagrams, for a spreadsheet'],
    ['kprobe matrix --rounds 10', 'A large cluster: ten times as many node pairs, as many at once'],
    ['kprobe matrix --budget 100 --timeout 10m', 'More node pairs of a large cluster, with more patience'],
  ],
  epilogue: EXIT_CODES,
  endsOnSignal: true,
  async run(flags, session) {
    const output = choice(flags, 'output', OUTPUTS) ?? 'terminal';
    if (output === 'html') refuseScreen(output, session.stdout, 'kprobe matrix');
    const options = { ...asked(flags), pull: pullChoice(flags) };
    const { report, recording } = await measure(options, session);
    const problem = options.save === null ? null : await saveRecording(options.save, recording);
    const again = commandOf(options);
    const page = { ...pageOptions(session.stdout, session.env), verbose: flags['verbose'] === true, again };
    if (output === 'html') {
      const { renderMatrixPage } = await import('../render/html/matrix-page.ts');
      await write(session.stdout, renderMatrixPage({ report, recording, again }, htmlOptions));
    } else {
      await write(session.stdout, output === 'json' ? jsonPieces(report) : matrixRenderers[output](report, page));
    }
    if (problem !== null) await remark(session.stderr, `kprobe: ${problem}\n`);
    return EXIT[report.verdict.status];
  },
};

type Asked = MatrixOptions & { readonly pull: ReturnType<typeof pullChoice> };

function asked(flags: Flags): MatrixOptions {
  const network = choice(flags, 'network', ['pod', 'host', 'both']);
  const protocol = choice(flags, 'protocol', ['tcp', 'udp', 'http']) ?? 'tcp';
  return matrixOptions(flags, {
    networks: network === null ? null : network === 'both' ? ['pod', 'host'] : [network],
    protocol,
  });
}

async function measure(options: Asked, session: Session): ReturnType<Session['stages']['matrix']> {
  const { quiet, save: _save, ...request } = options;
  return measuring(quiet, session, (watched) => session.stages.matrix({ ...request, ...watched }));
}

/** The command that asks the same again. */
function commandOf(options: Asked): string {
  const { nodes, networks, protocol, sizeBytes, peers, rounds, series, context, kubeconfig } = options;
  const { from, to } = rounds;
  const flags = [
    ['--nodes', nodes],
    ['--network', networks === null ? null : networks.length === 2 ? 'both' : (networks[0] ?? null)],
    ['--protocol', protocol === 'tcp' ? null : protocol],
    ['--size', sizeBytes === 0 ? null : String(sizeBytes)],
    ['--budget', peers === null ? null : String(peers)],
    ['--rounds', to === 1 ? null : from === 1 ? String(to) : `${from}-${to}`],
    ['--series', series],
    ['--context', context],
    ['--kubeconfig', kubeconfig],
  ] as const;
  const given = flags.flatMap(([name, value]) => (value === null ? [] : [name, value]));
  return ['kprobe', 'matrix', ...given].map(shellWord).join(' ');
}
