/** What a delete request makes of an object that cannot vanish at once. */
import type { KubeObject } from '../model.ts';

/** The parts of Kubernetes' DeleteOptions that are honoured. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** The object that lingers with a deletionTimestamp, or null when it goes at once. */
export function deletionOf(
  resource: string,
  had: KubeObject,
  options: DeleteOptions & { readonly now: Date },
): object | null {
  const finalizers = finalizersAfter(had, options.propagationPolicy);
  const grace = resource === 'pods' ? podGraceSeconds(had, options.gracePeriodSeconds) : 0;
  const isHeld =
    finalizers.length > 0 || grace > 0 || (resource === 'namespaces' && had['spec']?.finalizers?.length > 0);
  if (!isHeld) return null;
  const dueAt = new Date(options.now.getTime() + grace * 1000).toISOString().replace(/\.\d{3}Z$/, 'Z');
  const metadata: Record<string, unknown> = { ...had.metadata, finalizers };
  if (finalizers.length === 0) delete metadata['finalizers'];
  metadata['deletionTimestamp'] = had.metadata.deletionTimestamp ?? dueAt;
  // A later request may shorten the grace, never lengthen it.
  const left = Number(had.metadata['deletionGracePeriodSeconds'] ?? grace);
  if (resource === 'pods') metadata['deletionGracePeriodSeconds'] = Math.min(left, grace);
  const status = resource === 'namespaces' ? { ...had['status'], phase: 'Terminating' } : had['status'];
  return { ...had, metadata, status };
}

function finalizersAfter(had: KubeObject, policy: string | undefined): string[] {
  const kept = Array.isArray(had.metadata['finalizers']) ? (had.metadata['finalizers'] as string[]) : [];
  const added = policy === 'Foreground' ? ['foregroundDeletion'] : policy === 'Orphan' ? ['orphan'] : [];
  return [...new Set([...kept, ...added])];
}

/** A pod that never got a node, or has ended, has nobody to wait for. */
function podGraceSeconds(pod: KubeObject, asked: number | undefined): number {
  const hasEnded = pod['status']?.phase === 'Succeeded' || pod['status']?.phase === 'Failed';
  if (!pod['spec'].nodeName || hasEnded) return 0;
  const grace = asked ?? pod['spec'].terminationGracePeriodSeconds ?? 30;
  return Math.max(0, grace);
}
