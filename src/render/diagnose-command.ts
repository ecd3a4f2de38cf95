/** The command that looks at one target of a sweep or a check by itself. */
import { shellWord } from './shell.ts';

interface Asked {
  readonly target: string;
  readonly namespace: string | null;
  readonly from: string | null;
}

export function diagnoseCommand({ target, namespace, from }: Asked): string {
  const flags = [
    ['-n', namespace],
    ['--from', from],
  ] as const;
  const given = flags.flatMap(([name, value]) => (value === null ? [] : [name, value]));
  return ['kprobe', 'diagnose', target, ...given].map(shellWord).join(' ');
}
