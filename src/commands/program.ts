/** The command line as a whole: which commands there are, what yargs makes of the arguments, what goes wrong with them. */
import yargs, { type Argv, type Options } from 'yargs';
import packageJson from '../../package.json' with { type: 'json' };
import type { Flags } from '../options.ts';
import { agent } from './agent.ts';
import { catalog } from './catalog.ts';
import { check } from './check.ts';
import { cleanup } from './cleanup.ts';
import { type Command, EXIT, type Session, stopped, write } from './command.ts';
import { complete } from './complete.ts';
import { completion } from './completion.ts';
import { diagnose } from './diagnose.ts';
import { doctor } from './doctor.ts';
import { explain } from './explain.ts';
import { globalFlags } from './flags.ts';
import { history } from './history.ts';
import { install } from './install.ts';
import { lab } from './lab.ts';
import { lint } from './lint.ts';
import { matrix } from './matrix.ts';
import { mcp } from './mcp.ts';
import { misuse } from './misuse.ts';
import { redact } from './redact.ts';
import { sweep } from './sweep.ts';
import { trace } from './trace.ts';
import { uninstall } from './uninstall.ts';

/** In the order of --help. */
const COMMANDS: readonly Command[] = [
  diagnose,
  sweep,
  matrix,
  trace,
  explain,
  redact,
  check,
  lint,
  history,
  catalog,
  install,
  doctor,
  cleanup,
  uninstall,
  lab,
  agent,
  mcp,
  completion,
];
/** What the shells' completion scripts and kubectl ask, with words that need not make a whole command line. */
const COMPLETE = '__complete';

const EXAMPLES: Command['examples'] = [
  ['kprobe diagnose shop.example.com', 'Half the page loads take five seconds: why?'],
  ['kprobe diagnose svc/web -n shop --from shop/checkout', 'What does checkout see when it calls web?'],
  ['kprobe explain run.json', 'Judge again what diagnose --save kept'],
  ['kprobe lab run policy-misses-hostnetwork', 'Try it without a cluster'],
];
const MORE = 'kprobe COMMAND --help shows the flags of a command.';

interface Surroundings {
  readonly session: Session;
  readonly argv: readonly string[];
  readonly ended: (exitCode: number) => void;
}

/** Help is for reading: no wider than a page, whatever the terminal. */
const WIDEST_HELP = 100;

/** Parses and runs one command line; returns the exit code. Throws UserError, and whatever a bug throws. */
export async function runProgram(argv: readonly string[], session: Session): Promise<number> {
  if (argv.length === 0) {
    const { output } = await parse(['--help'], session);
    await write(session.stderr, `${output}\n`);
    return EXIT.couldNotRun;
  }
  if (argv[0] === COMPLETE) return complete({ words: argv.slice(1), commands: COMMANDS }, session);
  const { output, exitCode } = await parse(argv, session);
  if (output !== '') await write(session.stdout, `${output}\n`);
  return exitCode;
}

async function parse(argv: readonly string[], session: Session): Promise<{ output: string; exitCode: number }> {
  let exitCode: number = EXIT.healthy;
  let output = '';
  const program = assemble({ session, argv, ended: (code) => (exitCode = code) });
  await program.parseAsync([...argv], {}, (error, _argv, text) => {
    output = text;
    if (error) throw error;
  });
  return { output, exitCode };
}

function assemble(surroundings: Surroundings): Argv {
  const { session, argv } = surroundings;
  const columns = session.stdout.isTTY === true ? (session.stdout.columns ?? 80) : 80;
  const program = yargs([])
    .scriptName('kprobe')
    .locale('en')
    .usage(
      '$0 <command>\n\nFinds out why connections in a Kubernetes cluster are slow or fail: which timer, which hop, which object.',
    )
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
    })
    .options(globalFlags)
    .version(packageJson.version)
    .alias('help', 'h')
    .wrap(Math.min(WIDEST_HELP, columns))
    .strict()
    .exitProcess(false)
    .demandCommand(1, '')
    .epilogue(`${examples(EXAMPLES)}\n\n${MORE}`)
    .fail((message: string | null, error: Error | undefined) => {
      // yargs throws its own kind of error for some mistakes of the user, and only tells of others.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw misuse(message ?? error?.message ?? '', { argv, commands: COMMANDS });
    });
  return COMMANDS.reduce<Argv>((all, command) => add(all, command, surroundings), program);
}

function add(program: Argv, command: Command, { session, argv, ended }: Surroundings): Argv {
  const build = (own: Argv): Argv => {
    own.usage(`$0 ${command.usage}\n\n${command.summary}.`);
    for (const [name, positional] of Object.entries(command.positionals)) own.positional(name, positional);
    return own.options(command.flags).epilogue(`${examples(command.examples)}\n\n${command.epilogue}`.trim());
  };
  const run = async (flags: Flags) => {
    const ends = [
      command.run(withDash(command, withLastWord(command, flags), argv), session),
      ...(command.endsOnSignal ? [] : [stopped(session.signal)]),
    ];
    ended(await Promise.race(ends));
  };
  return program.command(command.usage, command.summary, build, run);
}

/** What is given twice counts as the last says, unless it takes many; yargs makes a list of either. */
function withLastWord(command: Command, flags: Flags): Flags {
  const single = Object.entries({ ...globalFlags, ...command.flags }).filter(
    ([name, { array }]: [string, Options]) => !array && command.repeated?.includes(name) !== true,
  );
  const twice = single.flatMap(([name]) => {
    const given = flags[name];
    return Array.isArray(given) ? [[name, given.at(-1)] as const] : [];
  });
  return { ...flags, ...Object.fromEntries(twice) };
}

/** yargs 18 turns a positional `-` (standard input) into an empty text when it parses positionals once more. */
function withDash({ positionals }: Command, flags: Flags, argv: readonly string[]): Flags {
  if (!argv.includes('-')) return flags;
  const emptied = Object.keys(positionals).filter((name) => flags[name] === '');
  return { ...flags, ...Object.fromEntries(emptied.map((name) => [name, '-'])) };
}

/** Each example below what it is for, on a line of its own: yargs' two columns break commands that people copy. */
function examples(lines: Command['examples']): string {
  return ['Examples:', ...lines.map(([line, says]) => `  ${says}\n    ${line}`)].join('\n');
}
