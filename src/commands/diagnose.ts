/** `kprobe diagnose TARGET`: measure now, and say what is wrong. */
import type { PullChoice } from '../model/request.ts';
import { type DiagnoseOptions, diagnoseOptions } from '../options.ts';
import { saveRecording } from '../recording/save.ts';
import { shellWord } from '../render/shell.ts';
import { type Command, remark, type Session } from './command.ts';
import { clusterFlags, EXIT_CODES, outputFlags } from './flags.ts';
import { refuseScreen } from './html.ts';
import { imageFlags, pullChoice } from './image-flags.ts';
import { measuring } from './measuring.ts';
import { printVerdict } from './print.ts';

export const diagnose: Command = {
  usage: 'diagnose <target>',
  summary: 'Find out why TARGET is slow or unreachable',
  positionals: {
    target: {
      type: 'string',
      describe: 'A host, a URL with port and path, svc/NAME, pod/NAME, deploy/NAME, ingress/NAME or IP:PORT',
    },
  },
  flags: {
    namespace: {
      alias: 'n',
      type: 'string',
      requiresArg: true,
      describe: 'Where svc/NAME, deploy/NAME and the like are',
    },
    from: {
      type: 'string',
      requiresArg: true,
      describe: 'NAMESPACE/WORKLOAD, or as kubectl has it deploy/NAME or pod/NAME: what does this client see?',
    },
    inside: {
      type: 'boolean',
      describe:
        'With --from: measure in its very pods, by ephemeral containers (2 at most), which nobody can remove again',
    },
    ...clusterFlags,
    timeout: { type: 'string', requiresArg: true, default: '45s', describe: 'For the whole run: 30s, 2m' },
    'until-sure': {
      type: 'string',
      requiresArg: true,
      describe: 'Go on until a cause is proven, for so long at most: 2m, 10m. For what comes and goes',
    },
    idle: {
      type: 'string',
      requiresArg: true,
      describe: 'Keep connections idle for so long, then use them again: 65s, 6m. For resets and 502s now and then',
    },
    'slow-after': {
      type: 'string',
      requiresArg: true,
      default: '500ms',
      describe: 'From here on an answer counts as slow',
    },
    ...imageFlags,
    'no-host': { type: 'boolean', describe: 'Place no probe pods on the host network' },
    'trace-rules': {
      type: 'boolean',
      describe: 'Where packets vanish: follow ours through the rules of the nodes (CAP_NET_ADMIN; an image with nft)',
    },
    save: { type: 'string', requiresArg: true, describe: 'Keep what was measured in FILE, for kprobe explain' },
    ...outputFlags,
    quiet: { alias: 'q', type: 'boolean', describe: 'No progress on stderr' },
  },
  examples: [
    ['kprobe diagnose shop.example.com', 'Half the page loads take five seconds: why?'],
    ['kprobe diagnose https://shop.example.com:8443/cart', 'Scheme, port and path as the user types them'],
    ['kprobe diagnose svc/web -n shop --from shop/checkout', 'What checkout sees when it calls web'],
    ['kprobe diagnose svc/web -n shop --from shop/checkout --inside', 'The same, in the network of its very pods'],
    ['kprobe diagnose 10.244.2.7:8080 --timeout 2m', 'One pod by its address, with more patience'],
    ['kprobe diagnose shop.example.com --until-sure 10m', 'It is slow for some seconds now and then: wait for it'],
    [
      'kprobe diagnose shop.example.com --trace-rules --image REGISTRY/kprobe:trace',
      'Which rule of which node drops it',
    ],
    ['kprobe diagnose shop.example.com -o json --save run.json', 'For a script; the recording for later'],
    ['kprobe diagnose shop.example.com -o html > report.html', 'One page for the post-mortem, with charts and samples'],
  ],
  epilogue: EXIT_CODES,
  endsOnSignal: true,
  async run(flags, session) {
    const options = diagnoseOptions(flags);
    const again = commandOf(options);
    refuseScreen(options.output, session.stdout, again);
    const { verdict, recording } = await measure({ ...options, pull: pullChoice(flags) }, session);
    const problem = options.save === null ? null : await saveRecording(options.save, recording);
    const exitCode = await printVerdict(verdict, { ...options, again, recording }, session);
    if (problem !== null) await remark(session.stderr, `kprobe: ${problem}\n`);
    return exitCode;
  },
};

async function measure(
  options: DiagnoseOptions & { readonly pull: PullChoice },
  session: Session,
): Promise<ReturnType<Session['stages']['diagnose']>> {
  const { output: _output, verbose: _verbose, quiet, save: _save, ...asked } = options;
  return measuring(quiet, session, (watched) => session.stages.diagnose({ ...asked, ...watched }));
}

/** The command that asks the same again; without --inside, for each run leaves one more container in those pods. */
function commandOf({ target, namespace, from, context, kubeconfig }: DiagnoseOptions): string {
  const flags = [
    ['-n', namespace],
    ['--from', from],
    ['--context', context],
    ['--kubeconfig', kubeconfig],
  ] as const;
  const given = flags.flatMap(([name, value]) => (value === null ? [] : [name, value]));
  return ['kprobe', 'diagnose', target, ...given].map(shellWord).join(' ');
}
