/** The JSON Schemas of what kprobe prints, for those who read `-o json` in another language. */
import { z } from 'zod';
import { CHECK_SCHEMA, CheckReport } from '../model/check.ts';
import { FlowTrace, TRACE_SCHEMA } from '../model/flow-trace.ts';
import { LINT_SCHEMA, LintReport } from '../model/lint.ts';
import { MATRIX_SCHEMA, MatrixReport } from '../model/matrix.ts';
import { SWEEP_SCHEMA, SweepReport } from '../model/sweep.ts';
import { TIMINGS_SCHEMA, TimingsReport } from '../model/timings.ts';
import { Verdict, VERDICT_SCHEMA } from '../model/verdict.ts';

/** JSON Schema, draft 2020-12, as text. docs/verdict.schema.json is this, written by `npm run schema`. */
export function verdictSchema(): string {
  return schemaOf(Verdict, VERDICT_SCHEMA, 'A verdict of kprobe');
}

/** The same of a sweep: docs/sweep.schema.json. */
export function sweepSchema(): string {
  return schemaOf(SweepReport, SWEEP_SCHEMA, 'A sweep of kprobe');
}

/** The same of a check of reachability: docs/check.schema.json. */
export function checkSchema(): string {
  return schemaOf(CheckReport, CHECK_SCHEMA, 'A check of reachability by kprobe');
}

/** The same of a matrix: docs/matrix.schema.json. */
export function matrixSchema(): string {
  return schemaOf(MatrixReport, MATRIX_SCHEMA, 'A latency matrix of kprobe');
}

/** The same of a traced flow: docs/trace.schema.json. */
export function traceSchema(): string {
  return schemaOf(FlowTrace, TRACE_SCHEMA, 'A flow that kprobe followed through the rules of nodes');
}

/** The same of a lint: docs/lint.schema.json. */
export function lintSchema(): string {
  return schemaOf(LintReport, LINT_SCHEMA, 'A lint report of kprobe');
}

/** The same of candidates for timings: docs/timings.schema.json. */
export function timingsSchema(): string {
  return schemaOf(TimingsReport, TIMINGS_SCHEMA, 'What kprobe makes of timings from elsewhere');
}

function schemaOf(type: z.ZodType, id: string, title: string): string {
  const schema = z.toJSONSchema(type, { target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema: schema.$schema, $id: id, title, ...schema }, null, 2)}\n`;
}
