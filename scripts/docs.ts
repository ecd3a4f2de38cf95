/** Writes the pages of docs/ that are made from the source, and the README's tables of diagnoses and rights. */
import { readFileSync, writeFileSync } from 'node:fs';
import { rules } from '../src/lint/index.ts';
import { diagnoses } from '../src/judge/diagnoses/index.ts';
import { timers } from '../src/judge/evidence/timer-catalogue.ts';
import { diagnosesPage, withDiagnoses } from './diagnoses-page.ts';
import { lintPage } from './lint-page.ts';
import { rightsPage, withRights } from './rights-page.ts';
import { timersPage } from './timers-page.ts';

writeFileSync(new URL('../docs/diagnoses.md', import.meta.url), diagnosesPage(diagnoses));
writeFileSync(new URL('../docs/lint.md', import.meta.url), lintPage(rules));
writeFileSync(new URL('../docs/timers.md', import.meta.url), timersPage(timers));
writeFileSync(new URL('../docs/rights.md', import.meta.url), rightsPage());

const readme = new URL('../README.md', import.meta.url);
writeFileSync(readme, withDiagnoses(withRights(readFileSync(readme, 'utf8')), diagnoses));
