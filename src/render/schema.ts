/** The JSON Schema of a verdict, for those who read `-o json` in another language. */
import { z } from 'zod';
import { Verdict, VERDICT_SCHEMA } from '../model/verdict.ts';

/** JSON Schema, draft 2020-12, as text. docs/verdict.schema.json is this, written by `npm run schema`. */
export function verdictSchema(): string {
  const schema = z.toJSONSchema(Verdict, { target: 'draft-2020-12' });
  const titled = { $schema: schema.$schema, $id: VERDICT_SCHEMA, title: 'A verdict of kprobe', ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
