/** The name that clients of a target look up, as its user wrote it. Pure. */
import type { Target } from './target.ts';

/**
 * Without a trailing dot. null: nobody has to look it up within the cluster, kprobe made the name itself, or it is a name of one label, which means
 * another Service in each namespace.
 */
export function writtenNameOf(target: Pick<Target, 'kind' | 'host' | 'isHostWritten' | 'from'>): string | null {
  const { kind, host, from } = target;
  if (host === null) return null;
  const name = host.replace(/\.$/u, '');
  const isAsked = from !== null && (kind === 'ingress' || (target.isHostWritten === true && name.includes('.')));
  return kind === 'external' || isAsked ? name : null;
}
