/** `kprobe catalog [ID]`: what kprobe can diagnose, and what each diagnosis means. */
import type { Diagnosis } from '../judge/engine/diagnosis.ts';
import { UserError } from '../model/user-error.ts';
import { DiagnosisClass } from '../model/verdict.ts';
import { renderDiagnosis, renderList } from '../render/catalog.ts';
import { suggest } from '../model/nearest.ts';
import { type Command, write } from './command.ts';
import { pageOptions } from '../terminal/screen.ts';

export const catalog: Command = {
  usage: 'catalog [id]',
  summary: 'What kprobe can diagnose, and what each diagnosis means',
  positionals: { id: { type: 'string', describe: 'Id of a diagnosis, as a verdict names it' } },
  flags: {},
  examples: [
    ['kprobe catalog', 'All diagnoses by class'],
    ['kprobe catalog lost-syn', 'What it means, how it is proven, what to do'],
  ],
  epilogue: '',
  endsOnSignal: false,
  async run(flags, session) {
    const { diagnoses } = await import('../judge/diagnoses/index.ts');
    const page = pageOptions(session.stdout, session.env);
    const { id } = flags;
    const text =
      typeof id === 'string'
        ? renderDiagnosis(find(diagnoses, id), page)
        : renderList(diagnoses, DiagnosisClass.options, page);
    await write(session.stdout, text);
    return 0;
  },
};

function find(diagnoses: readonly Diagnosis[], id: string): Diagnosis {
  const found = diagnoses.find((diagnosis) => diagnosis.id === id);
  if (found !== undefined) return found;
  const ids = diagnoses.map((diagnosis) => diagnosis.id);
  throw new UserError(`There is no diagnosis "${id}"`, { hint: suggest(id, ids, 'kprobe catalog lists them') });
}
