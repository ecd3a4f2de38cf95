/** What could stand where the cursor is, for shells and kubectl: one candidate a line, then what else to offer. */
import { type Command, EXIT, type Session, write } from './command.ts';
import { globalFlags } from './flags.ts';
import { valuesFor } from './complete-values.ts';

export interface Line {
  /** The words after `kprobe`; the last is the one being typed, empty where it has not begun. */
  readonly words: readonly string[];
  readonly commands: readonly Command[];
}

/** kubectl's protocol, cobra's: the last line says what the shell adds by itself (cobra: completions.go, ShellCompDirective). */
const DIRECTIVES = { files: ':0', nothing: ':4' } as const;

/** Says nothing where nothing can be found: whoever presses Tab wants no error. */
export async function complete(line: Line, session: Session): Promise<number> {
  const place = placeOf(line);
  const found = place.kind === 'words' ? place.words : await valuesFor(place, session).catch(() => []);
  const current = line.words.at(-1) ?? '';
  const fitting = found === 'files' ? [] : found.filter((each) => each.startsWith(place.prefix + place.current));
  const unique = [...new Set(fitting)].filter((each) => each !== current || fitting.length === 1);
  const isFile = found === 'files';
  await write(session.stdout, [...unique, DIRECTIVES[isFile ? 'files' : 'nothing'], ''].join('\n'));
  return EXIT.healthy;
}

interface Typed {
  readonly current: string;
  /** What every candidate begins with: `--context=` in `--context=st`. */
  readonly prefix: string;
}

export type Place = Typed &
  (
    | { readonly kind: 'words'; readonly words: readonly string[] }
    | {
        /** A value of a flag or positional of that name. */
        readonly kind: 'value';
        readonly name: string;
        readonly command: string;
        /** Flags given so far. */
        readonly given: ReadonlyMap<string, string>;
      }
  );

function placeOf({ words, commands }: Line): Place {
  const current = words.at(-1) ?? '';
  const typed = { current, prefix: '' };
  const at = words.slice(0, -1).findIndex((word) => !word.startsWith('-'));
  const command = commands.find(({ usage }) => usage.split(' ', 1)[0] === words[at]);
  if (at < 0) {
    const names = commands.map(({ usage }) => usage.split(' ', 1)[0] ?? '');
    return { ...typed, kind: 'words', words: current.startsWith('-') ? ['--help', '--version'] : names };
  }
  if (command === undefined) return { ...typed, kind: 'words', words: [] };
  const read = readWords(words.slice(at + 1, -1), command);
  const value = { kind: 'value', command: words[at] ?? '', given: read.given } as const;
  const [, flag = '', rest = ''] = /^--([\w-]+)=(.*)$/.exec(current) ?? [];
  if (flag !== '') return { ...value, name: flag, prefix: `--${flag}=`, current: rest };
  if (read.waiting !== null && !current.startsWith('-')) return { ...value, ...typed, name: read.waiting };
  if (current.startsWith('-')) {
    const flags = Object.keys({ ...command.flags, ...globalFlags, help: null }).map((name) => `--${name}`);
    return { ...typed, kind: 'words', words: flags };
  }
  const positional = Object.keys(command.positionals)[read.positionals];
  if (positional === undefined) return { ...typed, kind: 'words', words: [] };
  return { ...value, ...typed, name: positional };
}

interface Read {
  readonly given: ReadonlyMap<string, string>;
  readonly positionals: number;
  /** The flag whose value comes next. */
  readonly waiting: string | null;
}

function readWords(words: readonly string[], command: Command): Read {
  const given = new Map<string, string>();
  let positionals = 0;
  let waiting: string | null = null;
  for (const word of words) {
    const [, long, value] = /^--([\w-]+)(?:=(.*))?$/.exec(word) ?? [];
    const name = long ?? (/^-\w$/.test(word) ? nameOfAlias(command, word.slice(1)) : null);
    if (name !== null) {
      if (value !== undefined) given.set(name, value);
      waiting = value === undefined && takesValue(command, name) ? name : null;
    } else if (waiting === null) {
      positionals += 1;
    } else {
      given.set(waiting, word);
      if (command.flags[waiting]?.array !== true) waiting = null;
    }
  }
  return { given, positionals, waiting };
}

function takesValue(command: Command, name: string): boolean {
  const type = command.flags[name]?.type;
  return type !== undefined && type !== 'boolean';
}

function nameOfAlias(command: Command, alias: string): string {
  return Object.entries(command.flags).find(([, flag]) => flag.alias === alias)?.[0] ?? alias;
}
