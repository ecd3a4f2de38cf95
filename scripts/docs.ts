/** Writes the pages of docs/ that are made from the source, and the README's table of rights. */
import { readFileSync, writeFileSync } from 'node:fs';
import { rules } from '../src/lint/index.ts';
import { diagnoses } from '../src/judge/diagnoses/index.ts';
import { diagnosesPage } from './diagnoses-page.ts';
import { lintPage } from './lint-page.ts';
import { rightsPage, withRights } from './rights-page.ts';

writeFileSync(new URL('../docs/diagnoses.md', import.meta.url), diagnosesPage(diagnoses));
writeFileSync(new URL('../docs/lint.md', import.meta.url), lintPage(rules));
writeFileSync(new URL('../docs/rights.md', import.meta.url), rightsPage());

const readme = new URL('../README.md', import.meta.url);
writeFileSync(readme, withRights(readFileSync(readme, 'utf8')));
