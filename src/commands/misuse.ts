/** A command line that makes no sense: yargs' complaint in one line, with the nearest thing that exists. */
import { nearestNames } from '../model/nearest.ts';
import { UserError } from '../model/user-error.ts';
import type { Command } from './command.ts';
import { globalFlags } from './flags.ts';

interface Line {
  readonly argv: readonly string[];
  readonly commands: readonly Command[];
}

/** `complaint`: what yargs says, in English. */
export function misuse(complaint: string, line: Line): UserError {
  const command = commandOf(line);
  const hint = `${command === undefined ? 'kprobe' : `kprobe ${nameOf(command)}`} --help shows what there is`;
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/u.exec(complaint)?.[1];
  if (unknown !== undefined) return unknownWord(unknown, line, hint);
  const withoutValue = /^Not enough arguments following: (.+)/u.exec(complaint)?.[1];
  if (withoutValue !== undefined) return new UserError(`${dashed(withoutValue)} needs a value`, { hint });
  if (command !== undefined && complaint.startsWith('Not enough non-option arguments')) {
    const [first] = command.examples;
    const wanted = [...command.usage.matchAll(/<(\w+)>/gu)].map(([, name = '']) => name.toUpperCase());
    const given = Number(/: got (\d+)/u.exec(complaint)?.[1] ?? 0);
    const missing = wanted[given] ?? wanted[0] ?? 'an argument';
    return new UserError(`${missing} is missing`, { hint: first === undefined ? hint : `for example ${first[0]}` });
  }
  const text = complaint.split('\n')[0] ?? '';
  return new UserError(text === '' ? 'There is no command in this line' : text, { hint });
}

function unknownWord(word: string, line: Line, help: string): UserError {
  const command = commandOf(line);
  const isFlag = line.argv.some((argument) => argument.startsWith('-') && argument.includes(word));
  if (isFlag) {
    const known = Object.keys({ ...globalFlags, ...command?.flags, help: null, version: null });
    const [nearest] = word.length === 1 ? [] : nearestNames(word, known);
    const hint = nearest === undefined ? help : `did you mean --${nearest}? ${help}`;
    return new UserError(`There is no flag ${dashed(word)}`, { hint });
  }
  if (command !== undefined) return new UserError(`"${word}" is one argument too many`, { hint: help });
  if (/[./:]/u.test(word)) return noCommand(word, `did you mean kprobe diagnose ${word}?`);
  const [nearest] = nearestNames(word, line.commands.map(nameOf));
  return noCommand(word, nearest === undefined ? help : `did you mean kprobe ${nearest}?`);
}

function noCommand(word: string, hint: string): UserError {
  return new UserError(`There is no command "${word}"`, { hint });
}

function commandOf({ argv, commands }: Line): Command | undefined {
  const word = argv.find((argument) => !argument.startsWith('-'));
  return commands.find((command) => nameOf(command) === word);
}

function nameOf({ usage }: Command): string {
  return usage.split(' ', 1)[0] ?? usage;
}

function dashed(flag: string): string {
  return flag.length === 1 ? `-${flag}` : `--${flag}`;
}
