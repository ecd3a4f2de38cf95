/** `kprobe check`: who must reach whom and who must not, as a test. */
import { UserError } from '../model/user-error.ts';
import { type Flags, text } from '../options.ts';
import { CHECK_OUTPUTS, checkRenderers } from '../render/check/render.ts';
import { pageOptions } from '../terminal/screen.ts';
import { draftCheck } from './check-init.ts';
import { choice } from './choice.ts';
import { type Command, EXIT, write } from './command.ts';
import { clusterFlags } from './flags.ts';
import { imageFlags } from './image-flags.ts';
import { sweepAsked } from './sweep-asked.ts';
import { measureSweep } from './sweep-measure.ts';

export const check: Command = {
  usage: 'check',
  summary: 'Test who must reach whom, and who must not, beside what the policies say',
  positionals: {},
  flags: {
    file: {
      alias: 'f',
      type: 'string',
      requiresArg: true,
      describe: 'Who reaches whom, as YAML (a sweep file with expect: reachable or unreachable); - for stdin',
    },
    init: { type: 'boolean', describe: 'Print such a file, made from what the policies say today' },
    ...clusterFlags,
    timeout: { type: 'string', requiresArg: true, describe: 'For the whole check [budget.timeout, 5m]' },
    ...imageFlags,
    'no-host': { type: 'boolean', describe: 'Place no probe pods on the host network' },
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: 'terminal',
      describe: 'terminal, json, markdown or junit',
    },
    verbose: { alias: 'v', type: 'boolean', describe: 'Each assertion in full, not only those that do not hold' },
    quiet: { alias: 'q', type: 'boolean', describe: 'No progress on stderr' },
  },
  examples: [
    ['kprobe check --init > reach.yaml', 'What the policies say today; read it, and change what should be otherwise'],
    ['kprobe check -f reach.yaml', 'Is it so?'],
    ['kprobe check -f reach.yaml -o junit > reach.xml', 'In CI, after each change of a policy'],
    ['kprobe check -f reach.yaml -v -o markdown', 'Each line with the rule that decides it, for a review'],
  ],
  epilogue: [
    'A line of the file: { target: svc/db:5432, namespace: shop, from: shop/web,',
    'expect: unreachable }. pod/NAME, IP:PORT and hosts are targets too. A twin asks:',
    'a pod of kprobe with the labels, node and namespace of the client, never Ready.',
    'What is silent although the policies admit it may just be down: inconclusive.',
    'Loss and latency are the business of kprobe sweep, which takes the same file.',
    'Exit codes: 0 all hold, 1 one does not, 2 could not run, 3 inconclusive.',
  ].join('\n'),
  endsOnSignal: true,
  async run(flags, session) {
    if (flags['init'] === true) return draftCheck(flags, session);
    const output = choice(flags, 'output', CHECK_OUTPUTS) ?? 'terminal';
    const { assertionsOf, checkReport } = await import('../sweep/check-report.ts');
    const asked = await sweepAsked({ flags: withFile(flags), stdin: session.stdin });
    const file = text(flags, 'file') === '-' ? 'standard input' : asked.series;
    const { targets, notes } = assertionsOf(asked.file.targets, file);
    const measuring = { file: { ...asked.file, targets }, series: asked.series };
    const { report } = await measureSweep(measuring, { flags, quiet: flags['quiet'] === true }, session);
    const result = checkReport({ report, targets, notes, file });
    const page = { ...pageOptions(session.stdout, session.env), verbose: flags['verbose'] === true };
    await write(session.stdout, checkRenderers[output](result, page));
    return EXIT[result.status];
  },
};

/** Throws UserError where none is named. */
function withFile(flags: Flags): Flags {
  if (text(flags, 'file') !== null) return flags;
  throw new UserError('There is nothing to check', {
    hint: 'kprobe check -f reach.yaml; kprobe check --init > reach.yaml makes a file from the policies',
  });
}
