/** Writes docs/verdict.schema.json from the schema in src/model/verdict.ts. */
import { writeFileSync } from 'node:fs';
import { verdictSchema } from '../src/render/schema.ts';

writeFileSync(new URL('../docs/verdict.schema.json', import.meta.url), verdictSchema());
