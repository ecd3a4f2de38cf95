/** What the API says about itself: versions, groups, resources, and just enough OpenAPI for kubectl to leave validation to the server. */
import { json, type Reply } from './reply.ts';
import { groupVersionOf, RESOURCES, type Resource } from './resources.ts';

/** The Kubernetes release whose behaviour the lab follows. */
export const VERSION = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0-kprobe-lab',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
} as const;

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const REVIEW_GROUP = 'authorization.k8s.io/v1';
const GROUP_VERSIONS = [...new Set([...RESOURCES.map(groupVersionOf), REVIEW_GROUP])];

/** The reply for a path that is about the API itself; null for all others. */
export function discoveryReply(path: string): Reply | null {
  const fixed = FIXED[path];
  if (fixed !== undefined) return fixed();
  const [, groupVersion] = /^\/(?:api|apis)\/(v1|[^/]+\/[^/]+)$/.exec(path) ?? [];
  if (groupVersion !== undefined && GROUP_VERSIONS.includes(groupVersion)) return json(200, resourceList(groupVersion));
  const [, group] = /^\/apis\/([^/]+)$/.exec(path) ?? [];
  const described = groups().find(({ name }) => name === group);
  if (described !== undefined) return json(200, { kind: 'APIGroup', apiVersion: 'v1', ...described });
  const [, openApi] = /^\/openapi\/v3\/(?:api|apis)\/(.+)$/.exec(path) ?? [];
  return openApi !== undefined && GROUP_VERSIONS.includes(openApi) ? json(200, openApiOf(openApi)) : null;
}

const FIXED: Readonly<Record<string, () => Reply>> = {
  '/': () => json(200, { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] }),
  '/version': () => json(200, VERSION),
  '/healthz': () => ({ kind: 'text', code: 200, body: 'ok' }),
  '/livez': () => ({ kind: 'text', code: 200, body: 'ok' }),
  '/readyz': () => ({ kind: 'text', code: 200, body: 'ok' }),
  '/api': () => json(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }),
  '/apis': () => json(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups() }),
  '/openapi/v3': () =>
    json(200, {
      paths: Object.fromEntries(
        GROUP_VERSIONS.map((groupVersion) => {
          const path = groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
          return [path, { serverRelativeURL: `/openapi/v3/${path}` }];
        }),
      ),
    }),
};

function groups(): { name: string; versions: object[]; preferredVersion: object }[] {
  const versioned = GROUP_VERSIONS.filter((groupVersion) => groupVersion.includes('/')).map((groupVersion) => {
    const [name = '', version = ''] = groupVersion.split('/');
    return { name, groupVersion, version };
  });
  // The first that the table has of a group is the one that is preferred.
  return [...Map.groupBy(versioned, ({ name }) => name)].map(([name, own]) => {
    const versions = own.map(({ groupVersion, version }) => ({ groupVersion, version }));
    return { name, versions, preferredVersion: versions[0] ?? {} };
  });
}

function resourceList(groupVersion: string): object {
  const resources =
    groupVersion === REVIEW_GROUP
      ? reviews()
      : RESOURCES.filter((resource) => groupVersionOf(resource) === groupVersion).flatMap(entries);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function entries(resource: Resource): object[] {
  const { plural, kind, namespaced, singular, shortNames } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: ALL_VERBS,
    ...(shortNames.length > 0 && { shortNames }),
    ...(ALL_CATEGORY.has(plural) && { categories: ['all'] }),
  };
  const under = (name: string, verbs: readonly string[], more: object = {}): object => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs,
    ...more,
  });
  const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  return [
    main,
    ...(resource.hasStatus ? [under('status', ['get', 'patch', 'update'])] : []),
    ...(plural === 'pods'
      ? [
          under('log', ['get']),
          under('eviction', ['create'], { group: 'policy', version: 'v1', kind: 'Eviction' }),
          under('binding', ['create'], { kind: 'Binding' }),
        ]
      : []),
    ...(SCALED.has(plural) ? [under('scale', ['get', 'patch', 'update'], scale)] : []),
  ];
}

/** What `kubectl get all` means. */
const ALL_CATEGORY = new Set([
  'pods',
  'services',
  'deployments',
  'replicasets',
  'daemonsets',
  'statefulsets',
  'jobs',
  'cronjobs',
]);
const SCALED = new Set(['deployments', 'replicasets', 'statefulsets']);

function reviews(): object[] {
  return ['SelfSubjectAccessReview', 'SelfSubjectRulesReview'].map((kind) => ({
    name: `${kind.toLowerCase()}s`,
    singularName: kind.toLowerCase(),
    namespaced: false,
    kind,
    verbs: ['create'],
  }));
}

/** kubectl looks for the `fieldValidation` parameter of a kind's PATCH; finding it, it validates nothing itself. */
function openApiOf(groupVersion: string): object {
  const root = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
  const resources = RESOURCES.filter((resource) => groupVersionOf(resource) === groupVersion);
  const parameters = ['fieldValidation', 'dryRun', 'fieldManager', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  }));
  const paths = resources.map(({ plural, namespaced, group, version, kind }) => [
    `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}/{name}`,
    {
      parameters,
      patch: {
        'x-kubernetes-action': 'patch',
        'x-kubernetes-group-version-kind': { group, version, kind },
        parameters,
        responses: { '200': { description: 'OK' } },
      },
    },
  ]);
  const info = { title: 'kprobe lab', version: VERSION.gitVersion };
  return { openapi: '3.0.0', info, paths: Object.fromEntries(paths), components: { schemas: {} } };
}
