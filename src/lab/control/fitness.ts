/** Whether a pod may run on a node: name, selector, required affinity, taints, unschedulable. Pure. */
import type { KubeObject } from '../model.ts';
import { expressionHolds } from '../api/labels.ts';

type Part = Record<string, any>;

/** Why not, in the scheduler's words; null when it fits. */
export function fits(spec: Part, node: KubeObject): string | null {
  const labels = node.metadata.labels ?? {};
  const isSelected = Object.entries(spec['nodeSelector'] ?? {}).every(([key, value]) => labels[key] === value);
  if (!isSelected || !matchesAffinity(spec, node)) return "didn't match Pod's node affinity/selector";
  const tolerations = asList(spec['tolerations']);
  const taints = [...asList(node['spec']?.taints), ...(node['spec']?.unschedulable === true ? [UNSCHEDULABLE] : [])];
  const repelling = taints.find(
    (taint) =>
      taint['effect'] !== 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
  if (repelling === undefined) return null;
  if (repelling === UNSCHEDULABLE) return 'were unschedulable';
  return `had untolerated taint {${repelling['key']}: ${repelling['value'] ?? ''}}`;
}

const UNSCHEDULABLE: Part = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function matchesAffinity(spec: Part, node: KubeObject): boolean {
  const required = spec['affinity']?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  // Terms are alternatives; a term without expressions matches nothing.
  return asList(required.nodeSelectorTerms).some((term) => {
    const expressions = asList(term['matchExpressions']);
    const fields = asList(term['matchFields']);
    if (expressions.length + fields.length === 0) return false;
    return (
      expressions.every(({ key, operator, values }) =>
        expressionHolds(operator, node.metadata.labels?.[key], values ?? []),
      ) &&
      fields.every(
        ({ key, operator, values }) =>
          key === 'metadata.name' && expressionHolds(operator, node.metadata.name, values ?? []),
      )
    );
  });
}

function tolerates(toleration: Part, taint: Part): boolean {
  if (toleration['effect'] && toleration['effect'] !== taint['effect']) return false;
  if (!toleration['key']) return toleration['operator'] === 'Exists';
  if (toleration['key'] !== taint['key']) return false;
  return toleration['operator'] === 'Exists' || (toleration['value'] ?? '') === (taint['value'] ?? '');
}

function asList(value: unknown): Part[] {
  return Array.isArray(value) ? value : [];
}
