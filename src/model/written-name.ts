/** The name that clients of a target look up, as its user wrote it. Pure. */
import type { Target } from './target.ts';

/** A Service with the domain of its cluster; written shorter it is found under that domain, before anything else is tried. */
const FULL_NAME = /^[^.]+\.[^.]+\.svc\../u;

/** Without a trailing dot. null: nobody has to look it up within the cluster, or its search domains do not matter, or kprobe made the name itself. */
export function writtenNameOf(target: Pick<Target, 'kind' | 'host' | 'isHostWritten' | 'from'>): string | null {
  const { kind, host, from } = target;
  if (host === null) return null;
  const name = host.replace(/\.$/u, '');
  const isAsked = from !== null && (kind === 'ingress' || (target.isHostWritten === true && FULL_NAME.test(name)));
  return kind === 'external' || isAsked ? name : null;
}
