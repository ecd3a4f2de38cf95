/** Random manifests, whole and broken ones: lint may find what it likes, and never crashes; what it finds has a place in the file. */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { expect, test } from 'vitest';
import { LintFinding } from '../../src/model/lint.ts';
import { UserError } from '../../src/model/user-error.ts';
import { readDocuments } from '../../src/manifests/documents.ts';
import { cluster, controller, namespace, node, pod, service } from '../judge/make.ts';
import { linted } from './reading.ts';

/** The same objects and texts each time: how many findings they make is asserted. */
const SEED = 1;
/** `KPROBE_LINT_RUNS=20000 npx vitest run test/lint/fuzz` takes some minutes. */
const RUNS = Number(process.env['KPROBE_LINT_RUNS'] ?? 500);
const LIMIT_MS = 60_000 + RUNS * 40;

// Few words, so that selectors, names and ports often meet.
const word = fc.constantFrom(
  'web',
  'wbe',
  'db',
  'shop',
  'kube-system',
  'http',
  'dns',
  'k8s-app',
  'app',
  'kube-dns',
  'nginx',
  '__proto__',
  'constructor',
  '',
);
const number = fc.constantFrom(0, 53, 80, 443, 8080, 5353, -1, 65_536, 1.5);
const junk: fc.Arbitrary<unknown> = fc.oneof(
  word,
  number,
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({}),
  fc.string({ maxLength: 4 }),
);
const orJunk = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: value }, { weight: 1, arbitrary: junk });
const record = (fields: Record<string, fc.Arbitrary<unknown>>) => orJunk(fc.record(fields, { requiredKeys: [] }));
const list = (item: fc.Arbitrary<unknown>) => orJunk(fc.array(item, { maxLength: 3 }));

const labels = orJunk(fc.dictionary(word, word, { maxKeys: 3 }));
const cidr = fc.constantFrom(
  '10.96.0.10/32',
  '10.96.0.0/16',
  '10.244.1.11/32',
  '0.0.0.0/0',
  '::/0',
  'x',
  '10.0.0.0/99',
  'fd00::1/128',
);
const selector = record({
  matchLabels: labels,
  matchExpressions: list(
    record({ key: word, operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt'), values: list(word) }),
  ),
});
const peer = record({
  podSelector: selector,
  namespaceSelector: selector,
  ipBlock: record({ cidr, except: list(cidr) }),
});
const port = record({
  protocol: fc.constantFrom('TCP', 'UDP', 'SCTP', 'X'),
  port: fc.oneof(word, number),
  endPort: number,
});
const container = record({
  name: word,
  ports: list(record({ name: word, containerPort: number, protocol: fc.constantFrom('TCP', 'UDP') })),
  lifecycle: record({ preStop: record({}) }),
  args: list(word),
});
const template = record({
  metadata: record({ labels }),
  spec: record({
    hostNetwork: fc.boolean(),
    containers: list(container),
    initContainers: list(container),
    terminationGracePeriodSeconds: number,
  }),
});
const specs: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  NetworkPolicy: record({
    podSelector: selector,
    policyTypes: list(fc.constantFrom('Ingress', 'Egress', 'egress', 'X')),
    ingress: list(record({ from: list(peer), ports: list(port) })),
    egress: list(record({ to: list(peer), ports: list(port) })),
  }),
  Service: record({
    selector: labels,
    type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
    clusterIP: fc.constantFrom('None', '10.96.0.10', 'x'),
    ports: list(
      record({ name: word, port: number, targetPort: fc.oneof(word, number), protocol: fc.constantFrom('TCP', 'UDP') }),
    ),
  }),
  Ingress: record({
    ingressClassName: word,
    defaultBackend: record({ service: record({ name: word, port: record({ name: word, number }) }) }),
    rules: list(
      record({
        host: word,
        http: record({
          paths: list(
            record({
              path: word,
              backend: record({ service: record({ name: word, port: record({ name: word, number }) }) }),
            }),
          ),
        }),
      }),
    ),
  }),
  HTTPRoute: record({
    parentRefs: list(record({ name: word })),
    hostnames: list(word),
    rules: list(record({ backendRefs: list(record({ name: word, port: number })) })),
  }),
  Deployment: record({
    replicas: number,
    template,
    strategy: record({ type: fc.constantFrom('Recreate', 'RollingUpdate') }),
  }),
  DaemonSet: record({ template }),
  Job: record({ template }),
  CronJob: record({ jobTemplate: record({ spec: record({ template }) }) }),
  Pod: record({ hostNetwork: fc.boolean(), containers: list(container) }),
  IngressClass: record({ controller: fc.constantFrom('k8s.io/ingress-nginx', 'x') }),
  EndpointSlice: fc.constant({}),
  CiliumNetworkPolicy: fc.constant({}),
  Gateway: record({ listeners: list(record({ name: word, hostname: word })) }),
};
const VERSIONS: Readonly<Record<string, string>> = {
  Service: 'v1',
  Pod: 'v1',
  Namespace: 'v1',
  CiliumNetworkPolicy: 'cilium.io/v2',
};
const object = fc.constantFrom(...Object.keys(specs), 'Namespace').chain((kind) =>
  fc.record({
    apiVersion: fc.constant(VERSIONS[kind] ?? 'networking.k8s.io/v1'),
    kind: fc.constant(kind),
    metadata: record({ name: word, namespace: word, labels, annotations: labels }),
    spec: specs[kind] ?? fc.constant({}),
  }),
);
const manifests = fc
  .array(object, { maxLength: 8 })
  .map((objects) => objects.map((each) => `---\n${stringify(each)}`).join(''));

const base = cluster({
  nodes: [node(), node({ name: 'worker-2' })],
  pods: [
    pod(),
    pod({ namespace: 'kube-system', name: 'dns-1', labels: { 'k8s-app': 'kube-dns' } }),
    pod({ name: 'nginx-1', hostNetwork: true }),
  ],
  services: [
    service(),
    service({
      namespace: 'kube-system',
      name: 'kube-dns',
      clusterIps: ['10.96.0.10'],
      selector: { 'k8s-app': 'kube-dns' },
    }),
  ],
  namespaces: [namespace('shop'), namespace('kube-system')],
  controllers: [controller({ pods: [{ namespace: 'shop', name: 'nginx-1' }] })],
  dnsService: { namespace: 'kube-system', name: 'kube-dns' },
  serviceRanges: ['10.96.0.0/16'],
});

test(`${RUNS} files of random objects, with and without a cluster`, { timeout: LIMIT_MS }, async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(manifests, fc.boolean(), async (yaml, hasCluster) => {
      const { findings } = await linted(yaml, hasCluster ? base : null);
      found += findings.length;
      for (const finding of findings) {
        LintFinding.parse(finding);
        expect(finding.place?.line).toBeGreaterThan(0);
        expect(finding.place?.line).toBeLessThanOrEqual(yaml.split('\n').length);
        expect(finding.key).not.toMatch(/undefined|\[object/u);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // Random objects that never make a finding would prove nothing.
  expect(found).toBeGreaterThan(RUNS / 5);
});

test(`${RUNS} files of random text are read, or refused in one line`, { timeout: LIMIT_MS }, () => {
  const piece = fc.constantFrom(
    'a: ',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    '&x ',
    '*x',
    '"',
    "'",
    '|',
    '---\n',
    '#',
    'kind: Service\n',
    'apiVersion: v1\n',
    '<<: ',
    '!!set ',
    '%YAML 1.1\n',
    '\t',
    '\u2028',
    '? ',
    'items:\n',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      expect(refusalOf(pieces.join(''))).toMatch(/^(?:|x\.yaml:\d+:\d+: [^\n]+)$/u);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

/** Empty: it was read. */
function refusalOf(text: string): string {
  try {
    readDocuments(text, 'x.yaml');
    return '';
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
