/** `kprobe history [TARGET]`: past sweeps, the past of one target, a recording of it. */
import { userInfo } from 'node:os';
import { nearestNames } from '../model/nearest.ts';
import type { Past } from '../history/past.ts';
import { list } from '../model/format.ts';
import type { TargetHistory } from '../model/history.ts';
import { UserError } from '../model/user-error.ts';
import { type Flags, text, wholeNumber } from '../options.ts';
import { renderTargetHistory } from '../render/history/target-page.ts';
import { renderSweepHistory } from '../render/history/sweeps-page.ts';
import { renderJson } from '../render/json.ts';
import { pageOptions } from '../terminal/screen.ts';
import { choice } from './choice.ts';
import { type Command, EXIT, type Session, write } from './command.ts';

/** A screen of sweeps; of one target, a week of every ten minutes. */
const SWEEPS = '20';
const RESULTS = '1008';
const MOST = 100_000;
const MOST_NAMED = 5;

export const history: Command = {
  usage: 'history [target]',
  summary: 'What past sweeps found, of all targets or of one',
  positionals: { target: { type: 'string', describe: 'As the sweep calls it; without it, the sweeps' } },
  flags: {
    history: { type: 'string', requiresArg: true, describe: 'FILE [$XDG_STATE_HOME/kprobe/history.sqlite]' },
    limit: {
      type: 'string',
      requiresArg: true,
      describe: `Look back over so many sweeps [${SWEEPS}, of a target ${RESULTS}]`,
    },
    'save-recording': {
      type: 'string',
      requiresArg: true,
      describe: 'Write what was measured of the target to FILE, for kprobe explain; - for standard output',
    },
    run: { type: 'string', requiresArg: true, describe: 'With --save-recording: of this run, not the newest' },
    output: { alias: 'o', type: 'string', requiresArg: true, default: 'terminal', describe: 'terminal or json' },
  },
  examples: [
    ['kprobe history', 'The last sweeps, and what changed'],
    ['kprobe history shop/svc/web', 'Since when is it so, and how often has it been?'],
    ['kprobe history shop/svc/web --save-recording - | kprobe explain -', 'Judge again what a sweep measured'],
  ],
  epilogue: '',
  endsOnSignal: false,
  async run(flags, session) {
    const output = choice(flags, 'output', ['terminal', 'json']) ?? 'terminal';
    const key = text(flags, 'target');
    const limit = limitOf(flags, key === null ? SWEEPS : RESULTS);
    const [save, run] = [text(flags, 'save-recording'), text(flags, 'run')];
    if (save !== null && key === null)
      throw new UserError('--save-recording needs a TARGET', {
        hint: 'for example kprobe history svc/web --save-recording run.json',
      });
    if (run !== null && save === null) throw new UserError('--run is for --save-recording');
    const past = await openHistoryFile(text(flags, 'history'), session);
    try {
      if (key === null) {
        const told = await past.sweeps(limit);
        const page = pageOptions(session.stdout, session.env);
        await write(session.stdout, output === 'json' ? renderJson(told) : renderSweepHistory(told, page));
      } else {
        const told = await known(past, key, limit);
        if (save !== null) await saveRecording(past, { key, run, save, file: told.file }, session);
        else await printTarget(told, { output, asked: text(flags, 'history') }, session);
      }
      return EXIT.healthy;
    } finally {
      past.close();
    }
  },
};

function limitOf(flags: Flags, otherwise: string): number {
  return wholeNumber({ limit: text(flags, 'limit') ?? otherwise }, 'limit', { from: 1, to: MOST });
}

/** `asked`: `--history`; null: the file where sweeps go that name none. Throws UserError. */
export async function openHistoryFile(asked: string | null, session: Session): Promise<Past> {
  if (asked === 'none') throw new UserError('--history none: then there is nothing to show');
  const [{ openPast }, { defaultHistoryFile }] = await Promise.all([
    import('../history/past.ts'),
    import('../history/default-file.ts'),
  ]);
  return openPast({ file: asked ?? defaultHistoryFile(session.env, () => userInfo().homedir) });
}

async function known(past: Past, key: string, limit: number): Promise<TargetHistory> {
  const told = await past.ofTarget(key, limit);
  if (told.clusters.length > 0) return told;
  const targets = await past.targets();
  const alike = [...targets.filter((target) => target.endsWith(`/${key}`)), ...nearestNames(key, targets)];
  throw new UserError(`The history ${told.file} has no target ${key}`, {
    hint:
      alike[0] === undefined
        ? `it has ${targets.length === 0 ? 'none yet' : list(targets, MOST_NAMED)}`
        : `did you mean ${alike[0]}?`,
  });
}

interface Printing {
  readonly output: 'terminal' | 'json';
  readonly asked: string | null;
}

async function printTarget(told: TargetHistory, { output, asked }: Printing, session: Session): Promise<void> {
  const page = { ...pageOptions(session.stdout, session.env), asked };
  await write(session.stdout, output === 'json' ? renderJson(told) : renderTargetHistory(told, page));
}

interface Wanted {
  readonly key: string;
  readonly run: string | null;
  readonly save: string;
  readonly file: string;
}

async function saveRecording(past: Past, { key, run, save, file }: Wanted, session: Session): Promise<void> {
  const recording = await past.recording(key, run);
  if (recording === null) {
    throw new UserError(`The history ${file} keeps no recording of ${key}${run === null ? '' : ` of run ${run}`}`, {
      hint: `sweeps keep those of targets that are not healthy; kprobe history ${key} tells which there are`,
    });
  }
  if (save === '-') return write(session.stdout, Buffer.from(recording).toString());
  const { writeWhole } = await import('../recording/save.ts');
  const why = await writeWhole(save, recording);
  if (why !== null) throw new UserError(`--save-recording ${save} cannot be written (${why})`);
}
