/** What kwok does to nodes and pods (kwok.x-k8s.io/v1alpha1 Stage): nodes are ready at once, pods run when they have a node, and go when they are told to. */

const READY = { lastTransitionTime: '{{ Now }}', status: 'True' };

interface StageParts {
  readonly name: string;
  readonly kind: 'Node' | 'Pod';
  readonly when: readonly object[];
  readonly next: object;
}

function stage({ name, kind, when, next }: StageParts): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions: when }, next },
  };
}

const IS_READY = '.status.conditions.[] | select( .type == "Ready" ) | .status';

const STAGES = [
  stage({
    name: 'node-ready',
    kind: 'Node',
    when: [{ key: IS_READY, operator: 'NotIn', values: ['True'] }],
    next: {
      statusTemplate: JSON.stringify({
        conditions: [
          { ...READY, type: 'Ready', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
          ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
            ...READY,
            status: 'False',
            type,
            reason: 'Sufficient',
          })),
        ],
        phase: 'Running',
      }),
    },
  }),
  stage({
    name: 'pod-runs',
    kind: 'Pod',
    when: [
      { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
      { key: '.status.podIP', operator: 'DoesNotExist' },
    ],
    next: {
      statusTemplate: `${JSON.stringify({
        conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({ ...READY, type })),
        phase: 'Running',
        startTime: '{{ Now }}',
        hostIP: '{{ NodeIPWith .spec.nodeName }}',
        podIP:
          '{{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}',
      }).slice(
        0,
        -1,
      )},"containerStatuses":[{{ range $index, $each := .spec.containers }}{{ if $index }},{{ end }}{"name":{{ $each.name | Quote }},"image":{{ $each.image | Quote }},"ready":true,"restartCount":0,"state":{"running":{"startedAt":{{ Now | Quote }}}}}{{ end }}]}`.replaceAll(
        String.raw`\"`,
        '"',
      ),
    },
  }),
  stage({
    name: 'pod-goes',
    kind: 'Pod',
    when: [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }],
    next: { finalizers: { empty: true }, delete: true },
  }),
];

/** As many YAML documents. */
export const STAGES_FILE = STAGES.map((each) => JSON.stringify(each)).join('\n---\n');
