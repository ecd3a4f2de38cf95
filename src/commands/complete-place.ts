/** The words of a command line → what stands where the cursor is. Pure. */
import type { Command } from './command.ts';
import { globalFlags } from './flags.ts';

export interface Line {
  /** The words after `kprobe`; the last is the one being typed, empty where it has not begun. */
  readonly words: readonly string[];
  readonly commands: readonly Command[];
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

/** Where the cursor is. */
export function placeOf({ words, commands }: Line): Place {
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
