/** The `kprobe install` that grants what somebody lacks. */
import { shellWord } from '../render/shell.ts';

export interface Grant {
  /** As the API server calls the user; null where it is not known. */
  readonly user: string | null;
  readonly twins: readonly string[];
  readonly traceRules: boolean;
}

export function installCommand({ user, twins, traceRules }: Grant): string {
  const [, account] = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user ?? '') ?? [];
  const subject = account === undefined ? ['--user', user ?? 'NAME'] : ['--service-account', account.replace(':', '/')];
  const spaces = twins.length === 0 ? [] : ['--twins', twins.join(',')];
  const tracers = traceRules ? ['--trace-rules'] : [];
  return ['kprobe', 'install', ...subject, ...spaces, ...tracers].map(shellWord).join(' ');
}
