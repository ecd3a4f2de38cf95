/** The objects of `kprobe install`, with the places that values fill in → the chart's templates. Pure. */
import type { ApiObject } from '../../src/api/cluster-client.ts';
import type { Kind } from '../../src/install/kinds.ts';
import { type InstallSettings, installManifests } from '../../src/install/manifests.ts';
import { HISTORY_CLAIM, SWEEP } from '../../src/install/names.ts';
import { HISTORY_FOLDER, type SweepInstallation } from '../../src/install/sweep-manifests.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE, MANAGED_BY } from '../../src/place/names.ts';
import { edit, editNamed } from './edit.ts';
import { each, fill, type Node, raw, templateYaml, when } from './template.ts';

const IMAGE = fill('include "kprobe.image" $ | quote');
const POLICY = fill('$.Values.image.pullPolicy');
const SECRET = '<secret>';
const KEEPS_HISTORY = 'eq (include "kprobe.keepsHistory" $) "true"';
/** Data stays where its namespace stays: also that of sweeps which are no more. */
const KEEPS_NAMESPACE = `and $.Values.sweep.history.keep (or (${KEEPS_HISTORY}) (lookup "v1" "PersistentVolumeClaim" "${CONTROL_NAMESPACE}" "${HISTORY_CLAIM}"))`;
const HAS_SWEEP = '$.Values.sweep.schedule';
/** Where a twin may stand, in the loop over the namespaces with a Role. */
const GROUND = '$ground';

/** With all there can be, so that each part has its place. */
const SWEEPING: SweepInstallation = {
  schedule: fill('$.Values.sweep.schedule | quote'),
  timeZone: fill('$.Values.sweep.timeZone | quote'),
  file: raw('|\n    {{- include "kprobe.sweepFile" $ | nindent 4 }}'),
  timeoutMs: 0,
  image: IMAGE,
  // The schema admits the three policies only.
  pull: { secrets: [SECRET], policy: POLICY as SweepInstallation['pull']['policy'] },
  history: {
    size: fill('$.Values.sweep.history.size'),
    storageClass: fill('$.Values.sweep.history.storageClass | quote'),
  },
  environmentSecrets: [SECRET],
  hostVantages: false,
  clusterName: fill('$.Values.sweep.clusterName | quote'),
};

const WHOLE: InstallSettings = {
  hostVantages: true,
  twins: [],
  inside: false,
  traceRules: false,
  configMaps: [],
  subjects: [],
  hasSweep: true,
  sweep: SWEEPING,
  events: true,
};

interface Template {
  readonly condition: string | null;
  readonly object: Node;
}

/** Templates by file name, without what stands at their head. `chart`: its name and version. */
export function objectTemplates(chart: string): Record<string, string> {
  const objects = new Map(
    installManifests(WHOLE).map(({ kind, name, namespace, object }) => [
      `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
      labelled(object, chart),
    ]),
  );
  const taken = new Set<string>();
  const take = (kind: Kind, name: string): Node => {
    const key = `${kind} ${name}`;
    taken.add(key);
    if (!objects.has(key)) throw new Error(`kprobe install makes no ${key}`);
    return objects.get(key);
  };
  const files = {
    'namespaces.yaml': `{{- include "kprobe.check" $ }}\n${documents(namespaces(take))}`,
    'guard.yaml': documents(guard(take)),
    'rights.yaml': [accounts(take), documents(clusterRoles(take)), grounds(take, chart)].join(''),
    'sweep.yaml': documents(sweep(take)),
    'tests/doctor.yaml': documents([doctorTest(take, chart)]),
  };
  // Its Role is that of the loop.
  for (const kind of ['Role', 'RoleBinding'] as const) take(kind, `${HOST_NAMESPACE}/kprobe`);
  const forgotten = [...objects.keys()].filter((key) => !taken.has(key));
  if (forgotten.length > 0) throw new Error(`the chart lacks ${forgotten.join(', ')}`);
  return files;
}

type Take = (kind: Kind, name: string) => Node;

/** The chart's labels instead of those of `kprobe install`: what Helm made is Helm's to remove. */
function labelled(object: ApiObject, chart: string): Node {
  return edit(object, ['metadata', 'labels'], (labels) => {
    const rest = Object.entries(labels as Record<string, string>).filter(([key]) => !(key in MANAGED_BY));
    return { ...chartLabels(chart), ...Object.fromEntries(rest) };
  });
}

const chartLabels = (chart: string) => ({
  'app.kubernetes.io/managed-by': fill('$.Release.Service'),
  'app.kubernetes.io/instance': fill('$.Release.Name'),
  'helm.sh/chart': chart,
});

const kept = (object: Node, condition: string): Node =>
  edit(object, ['metadata'], (metadata) => ({
    ...(metadata as object),
    annotations: when(condition, { 'helm.sh/resource-policy': 'keep' }),
  }));

function namespaces(take: Take): Template[] {
  return [
    { condition: '$.Values.namespace.create', object: kept(take('Namespace', CONTROL_NAMESPACE), KEEPS_NAMESPACE) },
    { condition: '$.Values.hostVantages', object: take('Namespace', HOST_NAMESPACE) },
  ];
}

function guard(take: Take): Template[] {
  const condition = 'and $.Values.hostVantages (eq (include "kprobe.hasGuard" $) "true")';
  return [
    { condition, object: take('ValidatingAdmissionPolicy', HOST_NAMESPACE) },
    { condition, object: take('ValidatingAdmissionPolicyBinding', HOST_NAMESPACE) },
  ];
}

/** Those of kprobe's own namespaces that get rights. */
function accounts(take: Take): string {
  const own = edit(take('ServiceAccount', `${CONTROL_NAMESPACE}/kprobe`), ['metadata'], (metadata) => ({
    ...(metadata as object),
    name: fill('.name'),
    namespace: fill('.namespace'),
  }));
  return [
    '{{- range include "kprobe.subjects" $ | fromYamlArray }}',
    '{{- if and (eq .kind "ServiceAccount") (has .namespace (include "kprobe.namespaces" $ | fromYamlArray)) }}',
    `---\n${templateYaml(own)}{{- end }}`,
    '{{- end }}\n',
  ].join('\n');
}

const SUBJECTS = raw('{{- include "kprobe.subjects" $ | nindent 2 }}');

function clusterRoles(take: Take): Template[] {
  const events = '(dig "notify" "events" false (include "kprobe.sweep" $ | fromYaml))';
  return [
    {
      condition: null,
      object: edit(take('ClusterRole', 'kprobe'), ['rules'], (rules) =>
        (rules as Record<string, unknown>[]).map((rule) =>
          rule['resourceNames'] === undefined
            ? rule
            : edit(rule, ['resourceNames'], (names) => [
                ...(names as string[]),
                each('$.Values.configMaps', fill('. | quote')),
              ]),
        ),
      ),
    },
    { condition: null, object: edit(take('ClusterRoleBinding', 'kprobe'), ['subjects'], () => SUBJECTS) },
    { condition: `and ${HAS_SWEEP} ${events}`, object: take('ClusterRole', SWEEP) },
    { condition: `and ${HAS_SWEEP} ${events}`, object: take('ClusterRoleBinding', SWEEP) },
  ];
}

/** A Role and its binding in each namespace in which probes may stand. */
function grounds(take: Take, chart: string): string {
  const inGround = (object: Node): Node => edit(object, ['metadata', 'namespace'], () => fill(GROUND));
  const role = edit(take('Role', `${CONTROL_NAMESPACE}/kprobe`), ['rules'], (rules) => [
    ...(rules as unknown[]),
    ...insideRules(chart).map((rule) => when(`and $.Values.inside (has ${GROUND} $.Values.twins)`, rule)),
  ]);
  const bound = edit(take('RoleBinding', `${CONTROL_NAMESPACE}/kprobe`), ['subjects'], () => SUBJECTS);
  return [
    `{{- range ${GROUND} := include "kprobe.grounds" $ | fromYamlArray }}`,
    `---\n${templateYaml(inGround(role))}---\n${templateYaml(inGround(bound))}{{- end }}\n`,
  ].join('\n');
}

/** What a Role has more where containers may be put into pods. */
function insideRules(chart: string): unknown[] {
  const rulesOf = (inside: boolean) => {
    const twins = ['twins'];
    const all = installManifests({ ...WHOLE, twins, inside });
    const role = all.find(({ kind, namespace }) => kind === 'Role' && namespace === 'twins');
    return (labelled(role?.object ?? {}, chart) as { rules: unknown[] }).rules;
  };
  const [without, within] = [rulesOf(false), rulesOf(true)];
  const isSame = without.every((rule, at) => JSON.stringify(rule) === JSON.stringify(within[at]));
  if (!isSame) throw new Error('the rules for --inside are no longer an addition');
  return within.slice(without.length);
}

function sweep(take: Take): Template[] {
  const claim = edit(take('PersistentVolumeClaim', `${CONTROL_NAMESPACE}/${HISTORY_CLAIM}`), ['spec'], (spec) =>
    edit(spec, ['storageClassName'], (name) => when('$.Values.sweep.history.storageClass', name)),
  );
  return [
    { condition: HAS_SWEEP, object: take('ConfigMap', `${CONTROL_NAMESPACE}/${SWEEP}`) },
    { condition: KEEPS_HISTORY, object: kept(claim, '$.Values.sweep.history.keep') },
    { condition: HAS_SWEEP, object: cronJob(take('CronJob', `${CONTROL_NAMESPACE}/${SWEEP}`)) },
  ];
}

const POD = ['spec', 'jobTemplate', 'spec', 'template', 'spec'] as const;

function cronJob(object: Node): Node {
  const zoned = edit(object, ['spec', 'timeZone'], (zone) => when('$.Values.sweep.timeZone', zone));
  const timed = edit(zoned, ['spec', 'jobTemplate', 'spec', 'activeDeadlineSeconds'], (spare) =>
    fill(`add (include "kprobe.timeoutSeconds" $) ${String(spare)}`),
  );
  return edit(timed, POD, (pod) => {
    const volumes = edit(pod, ['volumes'], (list) => editNamed(list, 'history', (item) => when(KEEPS_HISTORY, item)));
    return edit(standing(volumes), ['containers', 0], sweepContainer);
  });
}

const secretRefs = each('$.Values.image.pullSecrets', { name: fill('. | quote') });

/** With the Secrets of its registry, and on nodes as wanted. */
function standing(pod: Node): Node {
  const values = (name: string) => `$.Values.sweep.${name}`;
  const asGiven = (name: string) => when(values(name), raw(`{{- toYaml ${values(name)} | nindent 12 }}`));
  return {
    ...(edit(pod, ['imagePullSecrets'], () => when('$.Values.image.pullSecrets', [secretRefs])) as object),
    nodeSelector: asGiven('nodeSelector'),
    tolerations: asGiven('tolerations'),
  };
}

const RESOURCES = raw('{{- toYaml $.Values.sweep.resources | nindent 16 }}');

function sweepContainer(container: Node): Node {
  const changes: readonly [string, (value: unknown) => Node][] = [
    ['args', (args) => sweepArguments(args as string[])],
    ['env', (env) => when('$.Values.sweep.clusterName', env)],
    [
      'envFrom',
      () =>
        when('$.Values.sweep.environmentSecrets', [
          each('$.Values.sweep.environmentSecrets', { secretRef: { name: fill('. | quote') } }),
        ]),
    ],
    ['resources', () => RESOURCES],
    ['volumeMounts', (mounts) => editNamed(mounts, 'history', (item) => when(KEEPS_HISTORY, item))],
  ];
  return changes.reduce((made, [key, change]) => edit(made, [key], change), container);
}

function sweepArguments(args: readonly string[]): Node[] {
  const file = `${HISTORY_FOLDER}/history.sqlite`;
  return args.flatMap((argument): Node[] => {
    if (argument === '--pull-secret') return [];
    if (argument === SECRET) return [each('$.Values.image.pullSecrets', '--pull-secret', fill('. | quote'))];
    if (argument === '--no-host') return [when('not $.Values.hostVantages', argument)];
    if (argument === file) return [fill(`ternary "${file}" "none" (${KEEPS_HISTORY})`)];
    return [argument];
  });
}

/** `helm test`: the doctor looks, as the account and with the image of sweeps. */
function doctorTest(take: Take, chart: string): Template {
  const { metadata, spec } = podTemplateOf(take('CronJob', `${CONTROL_NAMESPACE}/${SWEEP}`));
  const pod = edit(standing(spec), ['containers', 0], (container) => {
    const { env: _, envFrom: __, ...rest } = container as Record<string, unknown>;
    return {
      ...rest,
      resources: RESOURCES,
      name: 'doctor',
      args: ['doctor', '--image', IMAGE, '--pull-policy', POLICY, when('not $.Values.hostVantages', '--no-host')],
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    };
  });
  const volumes = edit(pod, ['volumes'], (list) => (list as { name: string }[]).filter(({ name }) => name === 'tmp'));
  return {
    condition: 'and $.Values.image.repository (eq (include "kprobe.hasOwnAccount" $) "true")',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        // Not as the pod that the doctor tries by a dry run.
        name: 'kprobe-test',
        namespace: CONTROL_NAMESPACE,
        labels: chartLabels(chart),
        annotations: {
          ...metadata.annotations,
          'helm.sh/hook': 'test',
          'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
          // `helm test --logs` looks for the pod in the namespace of the release, and only there (Helm 4.3.2).
          'helm.sh/hook-output-log-policy': 'hook-failed',
        },
      },
      spec: volumes,
    },
  };
}

interface PodTemplate {
  readonly metadata: { readonly annotations: object };
  readonly spec: object;
}

function podTemplateOf(cronJobObject: Node): PodTemplate {
  const { spec } = cronJobObject as { spec: { jobTemplate: { spec: { template: PodTemplate } } } };
  return spec.jobTemplate.spec.template;
}

function documents(templates: readonly Template[]): string {
  return templates
    .map(({ condition, object }) => {
      const yaml = templateYaml(object);
      return condition === null ? `---\n${yaml}` : `{{- if ${condition} }}\n---\n${yaml}{{- end }}\n`;
    })
    .join('');
}
