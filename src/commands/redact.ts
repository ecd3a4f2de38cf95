/** `kprobe redact FILE|-`: a recording that may be shown to strangers. */
import { UserError } from '../model/user-error.ts';
import { text } from '../options.ts';
import { shellWord } from '../render/shell.ts';
import { type Command, EXIT, remark, write } from './command.ts';

export const redact: Command = {
  usage: 'redact <file>',
  summary: 'Take names, labels, addresses and hosts out of a recording, so that its verdict stays and it may be shown',
  positionals: {
    file: { type: 'string', describe: 'What diagnose --save wrote, plain or gzipped; - for standard input' },
  },
  flags: {
    output: { alias: 'o', type: 'string', requiresArg: true, describe: 'FILE instead of standard output' },
  },
  examples: [
    ['kprobe redact run.json -o shared.json', 'For a bug report, or for a colleague elsewhere'],
    ['kprobe redact run.json | gzip > shared.json.gz', 'Small enough to attach; explain reads it as it is'],
    ['kprobe explain shared.json', 'The same verdict, with other names'],
  ],
  epilogue: [
    'Other words and addresses stand for each name, the same wherever it occurs; ports,',
    'times, versions and the words of Kubernetes itself stay. Read it before you send it.',
    'Exit codes: 0 the verdict is the same, 2 could not run, 3 the verdict is another.',
  ].join('\n'),
  endsOnSignal: false,
  async run(flags, session) {
    const { file } = flags;
    const name = typeof file === 'string' ? file : '';
    const output = text(flags, 'output');
    if (output === null && session.stdout.isTTY === true) {
      throw new UserError('A recording is for a file, not for a terminal', {
        hint: `kprobe redact ${shellWord(name)} -o shared.json`,
      });
    }
    const [{ readExplainable }, { shareCase }, { writeWhole }] = await Promise.all([
      import('../explain.ts'),
      import('../redact.ts'),
      import('../recording/save.ts'),
    ]);
    const given = await readExplainable(name, session.stdin);
    if (given.kind === 'timings') {
      throw new UserError('These are timings, not a recording', {
        hint: 'kprobe diagnose TARGET --save run.json writes a recording',
      });
    }
    const { recording, differs } = shareCase(given.recording);
    const json = `${JSON.stringify(recording)}\n`;
    if (output === null) await write(session.stdout, json);
    else {
      const why = await writeWhole(output, json);
      if (why !== null) throw new UserError(`--output ${output} cannot be written (${why})`);
    }
    if (differs.length === 0) return EXIT.healthy;
    await remark(
      session.stderr,
      `kprobe: the verdict of the redacted recording differs from the original's in: ${differs.join(', ')}\n`,
    );
    return EXIT.inconclusive;
  },
};
