import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { discover } from '../../src/discover/discover.ts';
import { OTHER_POLICIES } from '../../src/discover/networking.ts';
import { POLICY_KINDS } from '../../src/discover/proxy-policies.ts';
import {
  CLUSTER_RIGHTS,
  EVENT_RIGHTS,
  INSIDE_RIGHTS,
  LINT_RIGHTS,
  PROBE_RIGHTS,
  READ_CONFIG_MAPS,
  type Right,
  rulesOf,
} from '../../src/install/rights.ts';
import type { Agent } from '../../src/model/plan.ts';
import { placeAgents } from '../../src/place/place.ts';
import { lintObjects } from '../../src/lint.ts';
import { rightsPage, withRights } from '../../scripts/rights-page.ts';
import { agent, plan } from '../place/agents.ts';
import { FakeCluster } from '../place/fake-cluster.ts';
import { type Asked, recordingClient } from './asked-rights.ts';

const RUNNING = {
  phase: 'Running',
  podIPs: [{ ip: '10.1.0.5' }],
  containerStatuses: [{ state: { running: { startedAt: 'now' } } }],
};
const OWN = ['kprobe', 'kprobe-host', 'shop'];

/** A cluster with everything that makes discovery read on: all API groups, and an ingress of each kind with a ConfigMap. */
function wholeCluster(): FakeCluster {
  const cluster = new FakeCluster();
  for (const name of OWN) cluster.put('namespaces', { metadata: { name } });
  const ofRoutes = ['gateway.networking.k8s.io', 'projectcontour.io'];
  const ofPolicies = [...OTHER_POLICIES, ...Object.values(POLICY_KINDS)].map((each) => each.group);
  for (const group of [...ofRoutes, ...ofPolicies]) cluster.groups.set(group, 'v1');
  const controllers = [
    'k8s.io/ingress-nginx',
    'nginx.org/ingress-controller',
    'haproxy.org/ingress-controller/haproxy',
    'haproxy-ingress.github.io/controller',
    'projectcontour.io/ingress-controller',
  ];
  for (const [index, controller] of controllers.entries()) {
    cluster.put('ingressclasses', { metadata: { name: `class-${index}` }, spec: { controller } });
    const container = { name: 'c', args: [`--ingress-class=class-${index}`] };
    const metadata = { name: `proxy-${index}`, namespace: 'ingress', labels: labelsOf(controller) };
    cluster.put('pods', { metadata, spec: { containers: [container] }, status: RUNNING });
  }
  return cluster;
}

/** Contour's proxies are known by their label alone: they get no class in their arguments. */
const labelsOf = (controller: string) => (controller.startsWith('projectcontour.io/') ? { app: 'envoy' } : {});

async function askedByARun(more: readonly Agent[] = []): Promise<Asked[]> {
  const [asked, cluster] = [[] as Asked[], wholeCluster()];
  const client = recordingClient(cluster.client(), asked);
  const signal = new AbortController().signal;
  await discover(client, { signal });
  const agents = [agent('control', 'n1'), agent('host', 'n1'), agent('twin', 'n1', { app: 'web' }), ...more];
  const placement = await placeAgents({
    client,
    plan: plan(agents),
    run: 'r1',
    image: 'node:24-slim',
    bundle: '',
    deadlineMs: 1000,
    reportProgress: () => {},
    signal,
  });
  const names = cluster.names('pods').filter((name) => name.includes('kprobe-r1'));
  for (const key of names) {
    const [namespace = '', name = ''] = key.split('/');
    cluster.setStatus({ namespace, name }, RUNNING);
  }
  let running = 0;
  for await (const event of placement.events()) if (event.kind === 'running' && (running += 1) === names.length) break;
  await placement.tellPeers({ peers: {} } as never, placement.agents);
  await placement.stop();
  await placement[Symbol.asyncDispose]();
  return asked;
}

const say = ({ verb, group, resource }: { verb: string; group: string; resource: string }, more = '') =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}${more}`;
const grants = (rights: readonly Right[]) =>
  rights.flatMap(({ verbs, names, ...right }) =>
    verbs.flatMap((verb) =>
      names === undefined ? [say({ verb, ...right })] : names.map((name) => say({ verb, ...right }, ` ${name}`)),
    ),
  );
const sorted = (texts: Iterable<string>) => [...new Set(texts)].toSorted();

/**
 * A run also tries to find what others left in all namespaces, and makes its own namespaces where they are missing: whoever
 * has these rights anyway is served better, and nobody needs them.
 */
const NOT_NEEDED = new Set(['list configmaps']);

describe('the rights that install grants', () => {
  test('are, of the cluster, exactly what a run reads', async () => {
    const asked = await askedByARun();
    const inOwn = new Set(grants(PROBE_RIGHTS));
    const ofCluster = asked.filter((each) => {
      const isOwn = each.namespace !== null && OWN.includes(each.namespace);
      return !(isOwn && inOwn.has(say(each))) && !(each.namespace === null && NOT_NEEDED.has(say(each)));
    });
    const said = ofCluster.map((each) => say(each, each.name === null ? '' : ` ${each.name}`));
    expect(sorted(said)).toEqual(sorted(grants(CLUSTER_RIGHTS)));
  });

  test('are, for kprobe lint, exactly what it reads beyond', async () => {
    const [asked, usual] = [[] as Asked[], new Set(grants(CLUSTER_RIGHTS))];
    const client = recordingClient(wholeCluster().client(), asked);
    const signal = new AbortController().signal;
    async function* nothing() {}
    await lintObjects({ paths: null, stdin: nothing(), namespace: null, client, signal, baseline: new Set() });
    const said = asked.map((each) => say(each, each.name === null ? '' : ` ${each.name}`));
    expect(sorted(said.filter((each) => !usual.has(each)))).toEqual(grants(LINT_RIGHTS));
  });

  test.for(OWN)('are, in %s, exactly what placing probes takes', async (namespace) => {
    const asked = await askedByARun();
    const ofCluster = new Set(grants(CLUSTER_RIGHTS).filter((each) => each !== 'list pods'));
    const here = asked.filter((each) => each.namespace === namespace).map((each) => say(each));
    const own = here.filter((each) => !ofCluster.has(each));
    expect(sorted(own)).toEqual(sorted(grants(PROBE_RIGHTS)));
  });

  test('are, for --inside, exactly what it takes beyond', async () => {
    const [usual, asked] = await Promise.all([askedByARun(), askedByARun([agent('inside', 'n1')])]);
    const before = new Set(usual.map((each) => say(each)));
    expect(sorted(asked.map((each) => say(each)).filter((each) => !before.has(each)))).toEqual(grants(INSIDE_RIGHTS));
  });

  test('read the cluster and do nothing else to it', () => {
    expect(new Set([...CLUSTER_RIGHTS, ...LINT_RIGHTS].flatMap(({ verbs }) => verbs))).toEqual(
      new Set(['list', 'get']),
    );
  });

  test('read of all ConfigMaps only those named', () => {
    expect(CLUSTER_RIGHTS.filter(({ resource }) => resource === 'configmaps')).toMatchObject([
      { verbs: ['get'], names: READ_CONFIG_MAPS },
    ]);
  });

  test.for(['secrets', 'pods/exec', 'pods/attach', 'pods/ephemeralcontainers', '*'])(
    'never hold %s unasked',
    (resource) => {
      const all = [...CLUSTER_RIGHTS, ...LINT_RIGHTS, ...PROBE_RIGHTS, ...EVENT_RIGHTS];
      expect(all.filter((right) => right.resource === resource || right.verbs.includes('*'))).toEqual([]);
    },
  );

  test('say what each is for and what is lost without it', () => {
    for (const { why, without } of [
      ...CLUSTER_RIGHTS,
      ...LINT_RIGHTS,
      ...PROBE_RIGHTS,
      ...INSIDE_RIGHTS,
      ...EVENT_RIGHTS,
    ]) {
      expect(why).toMatch(/^[A-Za-z][^.\n]+$/u);
      expect(without).toMatch(/^[A-Za-z][^.\n]+$/u);
    }
  });
});

describe('rulesOf', () => {
  const right = (verb: string, resource: string, more: Partial<Right> = {}): Right => ({
    group: '',
    resource,
    verbs: [verb],
    why: '',
    without: '',
    ...more,
  });

  test('joins verbs of one resource, and resources of the same verbs', () => {
    const rules = rulesOf([
      right('list', 'pods'),
      right('get', 'pods'),
      right('list', 'nodes'),
      right('list', 'services'),
    ]);
    expect(rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'get'] },
      { apiGroups: [''], resources: ['nodes', 'services'], verbs: ['list'] },
    ]);
  });

  test('never lends the names of one rule to another', () => {
    const rules = rulesOf([right('get', 'configmaps', { names: ['a'] }), right('get', 'pods')]);
    expect(rules).toEqual([
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['a'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    ]);
  });

  test('keeps API groups apart', () => {
    expect(
      rulesOf([right('list', 'networkpolicies', { group: 'a' }), right('list', 'networkpolicies', { group: 'b' })]),
    ).toHaveLength(2);
  });
});

test("the README's table of rights is that of today", () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(readme).toMatch(/<!-- rights -->\n\| where \| right \| why \|/);
  expect(withRights(readme)).toBe(readme);
});

test('docs/rights.md is the table of today', () => {
  expect(readFileSync(new URL('../../docs/rights.md', import.meta.url), 'utf8')).toBe(rightsPage());
});
