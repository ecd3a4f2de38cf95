/** What the doctor looks at, one by one. */

export type Section = 'api' | 'namespaces' | 'rights' | 'admission' | 'image' | 'sweep';

export interface Check {
  readonly section: Section;
  /** What was looked at, a short noun phrase. */
  readonly what: string;
  /** `unknown`: it could not be found out. `left-out`: kprobe does without it, as asked or by choice. */
  readonly state: 'ok' | 'failed' | 'unknown' | 'left-out';
  /** What was found, in one line. */
  readonly says: string;
  /** What to do, a command where there is one. */
  readonly todo: string | null;
}

export interface Examination {
  readonly schema: 'kprobe/doctor/v1';
  readonly server: string;
  readonly context: string;
  /** Who the API server says we are; null where it does not say. */
  readonly user: string | null;
  readonly status: 'healthy' | 'faulty' | 'inconclusive';
  readonly checks: readonly Check[];
}

/** One failure is a fault; without one, what could not be found out keeps it from being called healthy. */
export function statusOf(checks: readonly Check[]): Examination['status'] {
  if (checks.some(({ state }) => state === 'failed')) return 'faulty';
  return checks.some(({ state }) => state === 'unknown') ? 'inconclusive' : 'healthy';
}
