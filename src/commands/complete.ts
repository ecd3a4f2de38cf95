/** What could stand where the cursor is, for shells and kubectl: one candidate a line, then what else to offer. */
import { EXIT, type Session, write } from './command.ts';
import { placeOf, type Line } from './complete-place.ts';
import { valuesFor } from './complete-values.ts';

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
