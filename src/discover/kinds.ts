/** Kinds as kubectl takes and prints them: `deploy`, `Deployments`, `deployment.apps`. Pure. */

/** Kinds whose pods can be told from the pods themselves: what may stand behind a client. */
export const WORKLOADS = [
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
] as const;
export type WorkloadKind = (typeof WORKLOADS)[number];

interface Spelling {
  readonly kind: string;
  /** Beside the kind itself, in small letters; the first is the one to be typed. */
  readonly words: readonly string[];
  /** As `kubectl get -o name` adds it; '': none. */
  readonly group: string;
}

const SPELLINGS: readonly Spelling[] = [
  { kind: 'Pod', words: ['pod', 'po', 'pods'], group: '' },
  { kind: 'Service', words: ['svc', 'services'], group: '' },
  { kind: 'Deployment', words: ['deploy', 'deployments'], group: 'apps' },
  { kind: 'StatefulSet', words: ['sts', 'statefulsets'], group: 'apps' },
  { kind: 'DaemonSet', words: ['ds', 'daemonsets'], group: 'apps' },
  { kind: 'ReplicaSet', words: ['rs', 'replicasets'], group: 'apps' },
  { kind: 'ReplicationController', words: ['rc', 'replicationcontrollers'], group: '' },
  { kind: 'Job', words: ['job', 'jobs'], group: 'batch' },
  { kind: 'CronJob', words: ['cj', 'cronjobs'], group: 'batch' },
  { kind: 'Node', words: ['no', 'nodes'], group: '' },
  { kind: 'Namespace', words: ['ns', 'namespaces'], group: '' },
  { kind: 'Endpoints', words: ['ep'], group: '' },
  { kind: 'Ingress', words: ['ing', 'ingresses'], group: 'networking.k8s.io' },
  { kind: 'NetworkPolicy', words: ['netpol', 'networkpolicies'], group: 'networking.k8s.io' },
  { kind: 'Gateway', words: ['gateways'], group: 'gateway.networking.k8s.io' },
  { kind: 'HTTPRoute', words: ['httproutes'], group: 'gateway.networking.k8s.io' },
];

const BY_WORD: ReadonlyMap<string, string> = new Map(
  SPELLINGS.flatMap(({ kind, words, group }) =>
    [kind.toLowerCase(), ...words].flatMap((word): [string, string][] => [
      [word, kind],
      ...(group === '' ? [] : [[`${word}.${group}`, kind] satisfies [string, string]]),
    ]),
  ),
);

/** null: no kind that kprobe knows is called so. */
export function kindCalled(word: string): string | null {
  return BY_WORD.get(word.toLowerCase()) ?? null;
}

export function isWorkload(kind: string | null): kind is WorkloadKind {
  return WORKLOADS.some((each) => each === kind);
}

/** As it is typed: `deploy`. */
export function wordFor(kind: WorkloadKind): string {
  return SPELLINGS.find((each) => each.kind === kind)?.words[0] ?? kind.toLowerCase();
}
