/** Manifests in a test → findings, in a line each. */
import { declaredCluster } from '../../src/discover/declared.ts';
import { readTemplate } from '../../src/discover/templates.ts';
import { type Linted, lint } from '../../src/lint/lint.ts';
import { readDocuments } from '../../src/manifests/documents.ts';
import { placeOf } from '../../src/manifests/place.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import type { ApiObject } from '../../src/api/cluster-client.ts';
import { nameOf } from '../../src/api/fields.ts';

const keyOf = (kind: string, name: { namespace: string | null; name: string } | null) =>
  `${kind} ${name?.namespace ?? ''}/${name?.name}`;

/** `base`: the cluster that the manifests are to be applied to; absent: none is known. Objects stand in `shop` where they do not say. */
export async function linted(yaml: string, base: Cluster | null = null): Promise<Linted> {
  const { manifests } = readDocuments(yaml, 'shop.yaml');
  const whole = manifests.map(({ object, source }) => {
    const metadata = { namespace: 'shop', ...(object['metadata'] as object) };
    const isWide = ['Namespace', 'IngressClass', 'Node'].includes(String(object['kind']));
    return { source, object: isWide ? object : ({ ...object, metadata } as ApiObject) };
  });
  const declared = await declaredCluster(
    whole.map(({ object }) => object),
    base,
  );
  const sources = new Map(whole.map(({ object, source }) => [keyOf(String(object['kind']), nameOf(object)), source]));
  return lint(
    {
      cluster: declared.cluster,
      isWhole: base !== null,
      templates: declared.templates,
      opaque: declared.opaque,
      isSubject: ({ kind, ...name }) => sources.has(keyOf(kind, name)),
    },
    ({ kind, ...name }, at) => {
      const source = sources.get(keyOf(kind, name));
      return source === undefined ? null : placeOf(source, at);
    },
  );
}

/** `id line: title`, but for those named in `but`. */
export async function findings(
  yaml: string,
  base: Cluster | null = null,
  ...but: readonly string[]
): Promise<string[]> {
  const { findings: found } = await linted(yaml, base);
  return found
    .filter(({ diagnosis }) => !but.includes(diagnosis))
    .map(({ diagnosis, place, title }) => `${diagnosis} ${place?.line}: ${title}`);
}

/** One workload and its Service, told to stop gently; `more` goes into the pod's spec. */
export function workload(
  name: string,
  { labels = `app: ${name}`, port = 8080, portName = 'http', more = '', kind = 'Deployment' } = {},
): string {
  return `---
apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {${labels}}}
  template:
    metadata: {labels: {${labels}}}
    spec:
      ${more}
      containers:
      - {name: main, ports: [{name: ${portName}, containerPort: ${port}}], lifecycle: {preStop: {sleep: {seconds: 5}}}}
`;
}

export function service(name: string, { selector = `app: ${name}`, port = 80, targetPort = 'http' } = {}): string {
  return `---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {${selector}}, ports: [{name: http, port: ${port}, targetPort: ${targetPort}}]}
`;
}

export function ingress(
  name: string,
  { to = name, port = 'name: http', className = 'ingressClassName: nginx' } = {},
): string {
  return `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ${name}}
spec:
  ${className}
  rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ${to}, port: {${port}}}}}]}}]
`;
}

export function policy(name: string, spec: string): string {
  return `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}}
spec:
${spec.replace(/^\n|\s+$/gu, '').replace(/^/gmu, '  ')}
`;
}

/** Only for tests of templates. */
export const templateOf = readTemplate;
