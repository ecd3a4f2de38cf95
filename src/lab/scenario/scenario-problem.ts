/** Says what is wrong with a scenario file: where, and which known field was probably meant. */
import type { z } from 'zod';
import { UserError } from '../../model/user-error.ts';
import { nearest } from './nearest.ts';
import { Scenario } from './scenario.ts';
import { placeOf, type YamlDocument } from './yaml-file.ts';

/** From the first thing that the schema does not accept. */
export function scenarioProblem(yaml: YamlDocument, error: z.ZodError): UserError {
  const issue = mostSpecific(error.issues[0]);
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined;
  const where = path.length === 0 ? '' : ` in ${path.join('.')}`;
  if (unknown === undefined) return new UserError(`${placeOf(yaml, path)}: ${issue.message}${where}`);
  const fields = fieldsAt(path);
  const close = nearest(unknown, fields);
  return new UserError(`${placeOf(yaml, [...path, unknown])}: unknown field ${unknown}${where}`, {
    hint: close === null ? `known fields: ${fields.join(', ')}` : `did you mean ${close}?`,
  });
}

interface Issue {
  readonly code: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function mostSpecific(issue: z.core.$ZodIssue | undefined): Issue {
  return issue ?? { code: undefined, path: [], message: 'is malformed' };
}

/** The fields that the schema knows at a path; for a fault those of all kinds. */
function fieldsAt(path: readonly (string | number)[]): string[] {
  let schemas: unknown[] = [Scenario];
  for (const key of path) schemas = schemas.flatMap((schema) => inner(schema, key));
  return [...new Set(schemas.flatMap((schema) => Object.keys(shapeOf(schema) ?? {})))];
}

function inner(schema: unknown, key: string | number): unknown[] {
  return unwrap(schema).flatMap((plain) => {
    const { element } = plain as { element?: unknown };
    const found = typeof key === 'number' ? element : shapeOf(plain)?.[key];
    return found === undefined ? [] : unwrap(found);
  });
}

function unwrap(schema: unknown): unknown[] {
  const { def } = schema as { def?: { innerType?: unknown; options?: unknown[] } };
  if (def?.innerType !== undefined) return unwrap(def.innerType);
  return def?.options === undefined ? [schema] : def.options.flatMap(unwrap);
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  return (schema as { shape?: Record<string, unknown> }).shape;
}
