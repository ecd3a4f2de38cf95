/** Stands for probes/kinds/lookup-command.ts in the executable: it has no Node beside it, and does the lookup itself when it is told this word. */
import { LOOKUP_WORD } from './words.ts';

export function lookupCommand(name: string): readonly [program: string, ...args: string[]] {
  return [process.execPath, LOOKUP_WORD, name];
}
