/** The values in a sweep file that are more than text and numbers: each says in one line what it expects. */
import { z } from 'zod';
import { UserError } from '../model/user-error.ts';
import { checkNamespace, from, target } from '../options.ts';
import { EXPECTATIONS, readExpectation } from './expectations.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Much of a value in an error message hides the message. */
const LONGEST_SHOWN = 60;

/** What a JSON Schema can say of a value as it is written; `read` knows the rest. */
interface Written {
  readonly type: 'string' | 'boolean' | 'integer' | readonly ('string' | 'number')[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}
const TEXT: Written = { type: 'string' };

/** `read` gives null for what it does not know; then the problem is "VALUE is not EXPECTED". */
function value<T>(expected: string, written: Written, read: (given: unknown) => T | null) {
  const reading = z.unknown().transform((given, context): T => {
    try {
      const known = given === undefined ? null : read(given);
      if (known !== null) return known;
      context.addIssue({
        code: 'custom',
        message: given === undefined ? 'is missing' : `${shown(given)} is not ${expected}`,
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const says = error.hint === null ? error.message : `${error.message}; ${error.hint}`;
      context.addIssue({ code: 'custom', message: says.replaceAll(/--from:? /gu, '') });
    }
    return z.NEVER;
  });
  return reading.meta({ ...written });
}

const DURATION = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h|d)?$/u;

/** `30s`, `500ms`, `30d`; a bare number is seconds. In milliseconds. */
export function durationValue({ fromMs, toMs, such }: { fromMs: number; toMs: number; such: string }) {
  const written: Written = { type: ['string', 'number'], pattern: DURATION.source };
  return value(`a time such as ${such}`, written, (given) => {
    const [, number = '', unit = 's'] = DURATION.exec(String(given).trim()) ?? [];
    if (number === '' || typeof given === 'object') return null;
    const ms = Number(number) * (UNIT_MS[unit] ?? Number.NaN);
    if (ms >= fromMs && ms <= toMs) return ms;
    throw new UserError(`${shown(given)} is out of range (${said(fromMs)} to ${said(toMs)})`);
  });
}

export function wholeValue(lowest: number, highest: number) {
  const written: Written = { type: 'integer', minimum: lowest, maximum: highest };
  return value(`a whole number from ${lowest} to ${highest}`, written, (given) =>
    Number.isInteger(given) && Number(given) >= lowest && Number(given) <= highest ? Number(given) : null,
  );
}

export const flagValue = value('true or false', { type: 'boolean' }, (given) =>
  typeof given === 'boolean' ? given : null,
);

export const pathValue = value('the path of a file', TEXT, (given) =>
  typeof given === 'string' && given.trim() !== '' ? given : null,
);

export const nameValue = value('the name of an environment variable', TEXT, (given) =>
  typeof given === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,254}$/u.test(given) ? given : null,
);

/** Never shown, not even when it is wrong: its path and query may be a secret. */
export const urlValue = value('', TEXT, (given) => {
  if (typeof given === 'string' && URL.canParse(given) && /^https?:$/u.test(new URL(given).protocol)) return given;
  throw new UserError('is not an address that begins with http:// or https://');
});

export const targetValue = value('a target', TEXT, (given) => (typeof given === 'string' ? target(given) : null));

export const namespaceValue = value('the name of a namespace', TEXT, (given) => {
  if (typeof given !== 'string') return null;
  checkNamespace(given, 'namespace');
  return given;
});

export const workloadValue = value('NAMESPACE/WORKLOAD', TEXT, (given) => {
  return typeof given === 'string' ? from(given, null) : null;
});

export const expectationValue = value(`an expectation: ${EXPECTATIONS}`, TEXT, (given) =>
  typeof given === 'string' ? readExpectation(given) : null,
);

function shown(given: unknown): string {
  const text = JSON.stringify(given) ?? String(given);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text;
}

function said(ms: number): string {
  const [unit, size] = Object.entries(UNIT_MS).findLast(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
