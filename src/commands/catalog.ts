/** `kprobe catalog [ID]`: what kprobe can diagnose, which timers it knows, and what each means. */
import type { Diagnosis } from '../judge/engine/diagnosis.ts';
import { UserError } from '../model/user-error.ts';
import { DiagnosisClass } from '../model/verdict.ts';
import { renderDiagnosis, renderList, renderTimer, renderTimers, type TimerDoc } from '../render/catalog.ts';
import { suggest } from '../model/nearest.ts';
import { type Command, write } from './command.ts';
import { pageOptions } from '../terminal/screen.ts';
import type { Timer } from '../judge/evidence/timer.ts';

export const catalog: Command = {
  usage: 'catalog [id]',
  summary: 'What kprobe can diagnose, which timers it knows, and what each means',
  positionals: { id: { type: 'string', describe: 'Id of a diagnosis, as a verdict names it, or of a timer' } },
  flags: { timers: { type: 'boolean', describe: 'List the timers instead of the diagnoses' } },
  examples: [
    ['kprobe catalog', 'All diagnoses by class'],
    ['kprobe catalog lost-syn', 'What it means, how it is proven, what to do'],
    ['kprobe catalog --timers', 'All timers by which a delay is named'],
    ['kprobe catalog glibc-resend', 'Its values, how it is told apart, where that is known from'],
  ],
  epilogue: '',
  endsOnSignal: false,
  async run(flags, session) {
    const { diagnoses } = await import('../judge/diagnoses/index.ts');
    const { timers } = await import('../judge/evidence/timer-catalogue.ts');
    const { valuesOf } = await import('../judge/evidence/timer-values.ts');
    const docs = timers.map((timer): TimerDoc => ({ ...timer, values: valuesOf(timer) }));
    const page = pageOptions(session.stdout, session.env);
    const { id } = flags;
    if (typeof id === 'string') {
      const timer = docs.find((each) => each.id === id);
      const text = timer === undefined ? renderDiagnosis(find(diagnoses, timers, id), page) : renderTimer(timer, page);
      await write(session.stdout, text);
      return 0;
    }
    const all =
      flags['timers'] === true ? renderTimers(docs, page) : renderList(diagnoses, DiagnosisClass.options, page);
    await write(session.stdout, all);
    return 0;
  },
};

function find(diagnoses: readonly Diagnosis[], timers: readonly Timer[], id: string): Diagnosis {
  const found = diagnoses.find((diagnosis) => diagnosis.id === id);
  if (found !== undefined) return found;
  const ids = [...diagnoses, ...timers].map((each) => each.id);
  throw new UserError(`There is no diagnosis "${id}"`, { hint: suggest(id, ids, 'kprobe catalog lists them') });
}
