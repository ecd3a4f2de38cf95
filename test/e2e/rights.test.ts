/** Each right of kprobe's own table taken away in turn: the run still ends well, and says what was missing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLUSTER_RIGHTS, PROBE_RIGHTS, rulesOf, type Right } from '../../src/install/rights.ts';
import type { Manifest } from '../../src/lab/scenario/manifest.ts';
import { realCluster, type RealCluster } from './cluster.ts';
import { diagnose } from './kprobe.ts';
import { kubeconfigFor } from './kubeconfig.ts';
import { askDeniedClient, deniedClient } from './workloads.ts';

const SPACE = 'kprobe-e2e-rights';
const NAME = 'kprobe-e2e-limited';
const RBAC = 'rbac.authorization.k8s.io';
/** Namespaces in which a run makes objects. */
const GROUNDS = ['kprobe', 'kprobe-host', SPACE];
const RIGHTS = [...CLUSTER_RIGHTS, ...PROBE_RIGHTS];
/** Without these a run of this incident loses nothing: they serve other targets, or bad weather and killed runs. */
const UNFELT = new Set(['configmaps get', 'configmaps list', 'pods get']);
const MANIFESTS = [
  ...deniedClient(SPACE),
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: SPACE } },
];

let cluster: RealCluster;
let groups: ReadonlySet<string>;

beforeAll(async () => {
  cluster = await realCluster();
  await cluster.apply(MANIFESTS);
  await cluster.rolledOut([SPACE]);
  // A first run makes kprobe's own namespaces, as an administrator.
  await diagnose(askDeniedClient(SPACE));
  groups = await cluster.groups();
});

afterAll(() => cluster.remove([...MANIFESTS, ...roles(RIGHTS)]));

test('with all of them the verdict is right and complete', async () => {
  const { verdict, stderr } = await asLimited(RIGHTS);
  expect(verdict?.findings[0], `${stderr}`).toMatchObject({ diagnosis: 'policy-denies-ingress', certainty: 'proven' });
});

test.for(RIGHTS.map((right) => [`${right.resource} ${right.verbs.join()} (${right.group})`, right] as const))(
  'without %s',
  async ([, right], { skip }) => {
    if (!groups.has(right.group)) skip('this cluster has no such kind');
    const { verdict, stderr, exitCode } = await asLimited(RIGHTS.filter((each) => each !== right));
    const said = `${JSON.stringify(verdict?.notMeasured ?? [])} ${stderr}`;
    expect([0, 1, 2, 3], `${stderr}`).toContain(exitCode);
    expect(verdict?.status ?? 'could not run', `${said}`).not.toBe('healthy');
    const found = verdict?.findings[0]?.diagnosis ?? 'policy-denies-ingress';
    expect(found, `${said}`).toBe('policy-denies-ingress');
    const isFelt = !UNFELT.has(`${right.resource} ${right.verbs.join()}`);
    expect(said.toLowerCase().includes(right.resource) || !isFelt, `unsaid: ${verdict?.status} ${said}`).toBe(true);
  },
);

async function asLimited(rights: readonly Right[]) {
  await cluster.apply(roles(rights));
  const body = { spec: { audiences: [], expirationSeconds: 3600 } };
  const issued = await cluster.core.createNamespacedServiceAccountToken({ name: NAME, namespace: SPACE, body });
  const { server, caData, caFile } = cluster.config.getCurrentCluster() ?? {};
  const ca = caData === undefined ? { 'certificate-authority': caFile } : { 'certificate-authority-data': caData };
  await using kubeconfig = await kubeconfigFor({ server, ...ca }, { token: issued.status?.token });
  const asked = await diagnose(askDeniedClient(SPACE), { KUBECONFIG: kubeconfig.file });
  await cluster.sweep(asked.verdict?.run.id ?? null);
  return asked;
}

/** The rights' roles and bindings. */
function roles(rights: readonly Right[]): Manifest[] {
  const all = rulesOf(rights.filter((right) => CLUSTER_RIGHTS.includes(right)));
  const own = rulesOf(rights.filter((right) => PROBE_RIGHTS.includes(right)));
  const subjects = [{ kind: 'ServiceAccount', namespace: SPACE, name: NAME }];
  const object = (kind: string, namespace: string | null, rest: object): Manifest => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: namespace === null ? { name: NAME } : { name: NAME, namespace },
    ...rest,
  });
  const binding = (kind: string) => ({ roleRef: { apiGroup: RBAC, kind, name: NAME }, subjects });
  return [
    object('ClusterRole', null, { rules: all }),
    object('ClusterRoleBinding', null, binding('ClusterRole')),
    ...GROUNDS.flatMap((space) => [
      object('Role', space, { rules: own }),
      object('RoleBinding', space, binding('Role')),
    ]),
  ];
}
