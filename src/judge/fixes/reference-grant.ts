/** Leave for routes of one namespace to refer to a Service of another. */
import type { Route } from '../../model/cluster.ts';

/** `from` and `to` as ReferenceGrant has them (gateway.networking.k8s.io/v1beta1, which every release serves), as YAML. */
export function referenceGrant({ kind, namespace, service, serviceNamespace }: Route): string {
  return [
    'apiVersion: gateway.networking.k8s.io/v1beta1',
    'kind: ReferenceGrant',
    'metadata:',
    `  name: allow-${kind.toLowerCase()}s-of-${namespace}`,
    `  namespace: ${serviceNamespace}`,
    'spec:',
    '  from:',
    '  - group: gateway.networking.k8s.io',
    `    kind: ${kind}`,
    `    namespace: ${namespace}`,
    '  to:',
    "  - group: ''",
    '    kind: Service',
    `    name: ${service}`,
    '',
  ].join('\n');
}
