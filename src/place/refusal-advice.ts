/** What helps where the cluster does not admit a probe pod, by who says so. Pure. */
import type { Agent } from '../model/plan.ts';

/** null: the refusal does not tell who made it. `message` is the API server's. */
export function refusalAdvice(message: string, namespace: string): string | null {
  if (/violates PodSecurity/.test(message))
    return `kubectl label namespace ${namespace} --overwrite pod-security.kubernetes.io/enforce=LEVEL, or kprobe install`;
  if (/exceeded quota|failed quota/.test(message)) return `kubectl describe quota -n ${namespace}, and make room in it`;
  if (/(?:maximum|minimum) .* usage per|LimitRange/i.test(message))
    return `kubectl describe limitrange -n ${namespace}`;
  const [, webhook] = /admission webhook "([^"]+)"/.exec(message) ?? [];
  if (webhook !== undefined) return `exempt pods of namespace ${namespace} from webhook ${webhook}`;
  const [, policy] = /ValidatingAdmissionPolicy '([^']+)'/.exec(message) ?? [];
  // Our own guard, which an older kprobe has made, or which asks for a right.
  if (policy === namespace) return 'kprobe install --trace-rules';
  if (policy !== undefined) return `exempt pods of namespace ${namespace} from ValidatingAdmissionPolicy ${policy}`;
  if (/cannot create resource/.test(message)) return 'kprobe install grants the right to create pods there';
  return null;
}

/**
 * The refusal of an agent's pod with what to do. What asks in the name of a client's pod can be had without a pod: an ephemeral container counts
 * against no quota and limit, and stands where its pod was admitted.
 */
export function refusedBecause(message: string, { kind, identity, underTest }: Agent): string {
  const advice = refusalAdvice(message, identity.namespace);
  const instead =
    kind === 'twin' && underTest
      ? 'with --from, --inside asks from a container in the pod itself, which is no further pod'
      : null;
  const told = [advice, instead].filter((each) => each !== null);
  return told.length === 0 ? message : `${message} (${told.join('; or ')})`;
}
