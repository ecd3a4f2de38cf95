/** Writes the pages of docs/ that are made from the source. */
import { writeFileSync } from 'node:fs';
import { diagnoses } from '../src/judge/diagnoses/index.ts';
import { diagnosesPage } from './diagnoses-page.ts';
import { rightsPage } from './rights-page.ts';

writeFileSync(new URL('../docs/diagnoses.md', import.meta.url), diagnosesPage(diagnoses));
writeFileSync(new URL('../docs/rights.md', import.meta.url), rightsPage());
