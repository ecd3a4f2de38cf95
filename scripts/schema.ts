/** Writes the JSON Schemas in docs/ from the schemas in src/model. */
import { writeFileSync } from 'node:fs';
import {
  checkSchema,
  lintSchema,
  matrixSchema,
  sweepSchema,
  timingsSchema,
  traceSchema,
  verdictSchema,
} from '../src/render/schema.ts';

writeFileSync(new URL('../docs/verdict.schema.json', import.meta.url), verdictSchema());
writeFileSync(new URL('../docs/sweep.schema.json', import.meta.url), sweepSchema());
writeFileSync(new URL('../docs/check.schema.json', import.meta.url), checkSchema());
writeFileSync(new URL('../docs/matrix.schema.json', import.meta.url), matrixSchema());
writeFileSync(new URL('../docs/lint.schema.json', import.meta.url), lintSchema());
writeFileSync(new URL('../docs/timings.schema.json', import.meta.url), timingsSchema());
writeFileSync(new URL('../docs/trace.schema.json', import.meta.url), traceSchema());
