/** The commonest mistakes in manifests, worded as Kubernetes words them. */
import { selectorMatches } from './labels.ts';
import type { Resource } from './resources.ts';
import type { Mistake } from './status.ts';

type Draft = Record<string, any>;

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SERVICE_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
/** RBAC names are path segments: anything but `/`, `%`, `.` and `..`. */
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** What is wrong with an object; run before defaults are filled in. Empty when nothing is. */
export function mistakesIn(resource: Resource, draft: Draft): readonly Mistake[] {
  const general = [...nameMistakes(resource, draft['metadata'].name), ...labelMistakes(draft['metadata'])];
  const check = CHECKS[resource.plural];
  return general.length > 0 || check === undefined ? general : check(draft);
}

function nameMistakes(resource: Resource, name: string): Mistake[] {
  const field = 'metadata.name';
  if (name === '') return [{ field, type: 'Required value', detail: 'name or generateName is required' }];
  const invalid = (detail: string): Mistake[] => [{ field, type: `Invalid value: ${JSON.stringify(name)}`, detail }];
  if (resource.group === 'rbac.authorization.k8s.io')
    return PATH_SEGMENT.test(name) ? [] : invalid("may not contain '/' or '%'");
  if (resource.plural === 'namespaces') return LABEL.test(name) && name.length <= 63 ? [] : invalid(LABEL_RULE);
  if (resource.plural === 'services') {
    return SERVICE_LABEL.test(name) && name.length <= 63
      ? []
      : invalid(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        );
  }
  return SUBDOMAIN.test(name) && name.length <= 253 ? [] : invalid(SUBDOMAIN_RULE);
}

function labelMistakes(metadata: Draft): Mistake[] {
  return Object.entries(metadata['labels'] ?? {})
    .filter(([, value]) => typeof value !== 'string' || !LABEL_VALUE.test(value) || value.length > 63)
    .map(([, value]) => ({
      field: 'metadata.labels',
      type: `Invalid value: ${JSON.stringify(value)}`,
      detail: LABEL_VALUE_RULE,
    }));
}

const CHECKS: Readonly<Record<string, (draft: Draft) => Mistake[]>> = {
  pods: (draft) => podSpecMistakes(draft['spec'], 'spec'),
  services: serviceMistakes,
  deployments: workloadMistakes,
  replicasets: workloadMistakes,
  daemonsets: workloadMistakes,
  statefulsets: workloadMistakes,
  jobs: (draft) => podSpecMistakes(draft['spec']?.template?.spec, 'spec.template.spec'),
  networkpolicies: networkPolicyMistakes,
  ingresses: ingressMistakes,
};

function podSpecMistakes(spec: Draft | undefined, field: string): Mistake[] {
  const containers = spec?.['containers'];
  if (!Array.isArray(containers) || containers.length === 0) return [required(`${field}.containers`)];
  const volumes = new Set<string>((spec?.['volumes'] ?? []).map((volume: Draft) => volume['name']));
  const mistakes: Mistake[] = [];
  const seen = new Set<string>();
  containers.forEach((container: Draft, index) => {
    const at = `${field}.containers[${index}]`;
    if (!container?.['name']) mistakes.push(required(`${at}.name`));
    else if (seen.has(container['name']))
      mistakes.push({ field: `${at}.name`, type: `Duplicate value: ${JSON.stringify(container['name'])}`, detail: '' });
    seen.add(container?.['name']);
    if (!container?.['image']) mistakes.push(required(`${at}.image`));
    (container?.['volumeMounts'] ?? []).forEach((mount: Draft, position: number) => {
      if (!volumes.has(mount['name']))
        mistakes.push({
          field: `${at}.volumeMounts[${position}].name`,
          type: `Not found: ${JSON.stringify(mount['name'])}`,
          detail: '',
        });
    });
  });
  return mistakes;
}

function serviceMistakes(draft: Draft): Mistake[] {
  const spec = draft['spec'];
  if (spec?.type === 'ExternalName') return spec.externalName ? [] : [required('spec.externalName')];
  const ports: Draft[] = Array.isArray(spec?.ports) ? spec.ports : [];
  if (ports.length === 0 && spec?.clusterIP !== 'None') return [required('spec.ports')];
  return ports.flatMap((port, index) => {
    const at = `spec.ports[${index}]`;
    if (!isPort(port['port'])) return [invalidPort(`${at}.port`, port['port'])];
    return ports.length > 1 && !port['name'] ? [required(`${at}.name`)] : [];
  });
}

function workloadMistakes(draft: Draft): Mistake[] {
  const spec = draft['spec'];
  if (spec?.selector === undefined) return [required('spec.selector')];
  const labels = spec.template?.metadata?.labels;
  if (!selectorMatches(spec.selector, labels)) {
    const type = `Invalid value: ${JSON.stringify(labels ?? {})}`;
    return [{ field: 'spec.template.metadata.labels', type, detail: '`selector` does not match template `labels`' }];
  }
  return podSpecMistakes(spec.template?.spec, 'spec.template.spec');
}

function networkPolicyMistakes(draft: Draft): Mistake[] {
  const spec = draft['spec'];
  if (typeof spec !== 'object' || spec === null) return [required('spec.podSelector')];
  const peers = [...listPeers(spec.ingress, 'from', 'spec.ingress'), ...listPeers(spec.egress, 'to', 'spec.egress')];
  return peers.flatMap(({ peer, field }) => {
    if (typeof peer !== 'object' || peer === null || Object.keys(peer).length === 0)
      return [{ ...required(field), detail: 'must specify a peer' }];
    const isMixed =
      peer['ipBlock'] !== undefined && (peer['podSelector'] !== undefined || peer['namespaceSelector'] !== undefined);
    return isMixed ? [{ field, type: 'Forbidden', detail: 'may not specify both ipBlock and another peer' }] : [];
  });
}

function listPeers(rules: unknown, side: 'from' | 'to', field: string): { peer: Draft; field: string }[] {
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: Draft | null, index) => {
    const peers = rule?.[side];
    if (!Array.isArray(peers)) return [];
    return peers.map((peer: Draft, position) => ({ peer, field: `${field}[${index}].${side}[${position}]` }));
  });
}

function ingressMistakes(draft: Draft): Mistake[] {
  const spec = draft['spec'];
  const rules: Draft[] = Array.isArray(spec?.rules) ? spec.rules : [];
  if (rules.length === 0 && spec?.defaultBackend === undefined) {
    return [
      { field: 'spec', type: 'Invalid value: []', detail: 'either `defaultBackend` or `rules` must be specified' },
    ];
  }
  return rules.flatMap((rule, index) =>
    ((rule['http']?.paths ?? []) as Draft[]).flatMap((path, position) => {
      const at = `spec.rules[${index}].http.paths[${position}]`;
      return path['pathType'] === undefined
        ? [{ ...required(`${at}.pathType`), detail: 'pathType must be specified' }]
        : [];
    }),
  );
}

function required(field: string): Mistake {
  return { field, type: 'Required value', detail: '' };
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}

function invalidPort(field: string, value: unknown): Mistake {
  return {
    field,
    type: `Invalid value: ${JSON.stringify(value ?? null)}`,
    detail: 'must be between 1 and 65535, inclusive',
  };
}
