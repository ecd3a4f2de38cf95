/** What a tracer calls its table on a node: by the run, so that several may be at work at once. Pure. */

const PREFIX = 'kprobe-';

/** `run`: eight hexadecimal digits. */
export function traceTable(run: string): string {
  return `${PREFIX}${run}`;
}

/** Whether it is the table of some run. */
export function isTraceTable(name: string): boolean {
  return name.startsWith(PREFIX) && /^[0-9a-f]{8}$/u.test(name.slice(PREFIX.length));
}
