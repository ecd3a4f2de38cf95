import { list } from '../../model/format.ts';
import type { NetworkPolicy } from '../../model/cluster.ts';
import { type Client, type Flow, isMeant, routeFlows, verdictsOf } from '../flows.ts';
import { type Group, type Material, type ObjectRef, partyOfGroup, policyRef } from '../material.ts';
import { nodeFix } from '../node-fix.ts';
import { policiesToJudge, rulesIn, sayPath } from '../policy-parts.ts';
import type { Remark, Rule, Unlooked } from '../rule.ts';
import type { FieldPath } from '../../model/lint.ts';
import { groupsOfPeer, isolatedBy, namespacesOfPeer } from '../selection.ts';

export default {
  name: 'missed-host',
  ids: ['policy-misses-hostnetwork'],
  class: 'policy',
  title: 'A NetworkPolicy means to admit a hostNetwork client and cannot see it',
  why: 'Traffic of a hostNetwork pod carries an address of its node, on overlays the overlay address of the node. Selectors match pods only, so on other nodes the policy drops what it was written to admit; through an ingress half of the requests then take its connect timeout.',
  looks:
    'The pods that serve an Ingress class, and those that a peer names, for hostNetwork: true; what the policy says to them as pods, and as their nodes.',
  remedy: 'Admit the addresses that the nodes really use towards pods, or run the client on the pod network.',
  limits:
    "Files alone tell it only where they hold the client too; with --with-cluster the cluster's controllers, enforcer and nodes are known. Addresses come from the node objects and were not measured. Silent where policies of other kinds exist, and on a single node.",
  *check(material) {
    if (!isApplicable(material)) return;
    const told = new Set<string>();
    for (const found of [...byRoutes(material), ...byPeers(material)]) {
      const key = `${found.policy.namespace}/${found.policy.name} ${found.client.namespace}`;
      if (told.has(key)) continue;
      told.add(key);
      yield remark(material, found);
    }
  },
  *unlooked(material): Iterable<Unlooked> {
    const { unevaluated } = material.cluster.networking;
    if (unevaluated.length > 0 && policiesToJudge(material).length > 0) {
      yield { what: 'whom policies admit', because: `${unevaluated.join(', ')} exist here and are not evaluated` };
    }
    const unseen = policiesToJudge(material).filter((policy) => namesUnseen(material, policy));
    if (unseen.length > 0) {
      const names = list(
        unseen.map(({ namespace, name }) => `${namespace}/${name}`),
        3,
      );
      const what = `whether the clients that ${names} ${unseen.length === 1 ? 'admits' : 'admit'} run on the host network, where no selector matches them`;
      yield { what, because: 'their pods are not among the files; --with-cluster looks at those that run' };
    }
  },
} satisfies Rule;

/** A peer names other namespaces, and of none of them a pod is known. */
function namesUnseen(material: Material, policy: NetworkPolicy): boolean {
  return rulesIn(policy).some(
    ({ direction, peers }) =>
      direction === 'ingress' &&
      peers.some(({ peer }) => {
        const spaces = peer.namespaceSelector === undefined ? null : namespacesOfPeer(material, peer, policy.namespace);
        return spaces !== null && spaces.mayBeMore && groupsOfPeer(material, peer, policy.namespace).length === 0;
      }),
  );
}

function isApplicable({ cluster }: Material): boolean {
  return cluster.nodes.length !== 1;
}

interface Found {
  readonly policy: NetworkPolicy;
  /** The object that is at fault among those that are judged. */
  readonly object: ObjectRef;
  readonly path: FieldPath;
  readonly client: Client;
  readonly group: Group;
  readonly port: number;
  /** Nodes that are denied; empty where it is not known on which nodes the client runs. */
  readonly nodes: readonly string[];
  readonly because: string;
  readonly through: string;
}

/** Proxies on the host network, towards the pods that their Ingresses lead to. */
function* byRoutes(material: Material): Iterable<Found> {
  for (const flow of routeFlows(material)) {
    if (!flow.client.hostNetwork) continue;
    const denied = deniedAs(material, flow);
    if (denied === null) continue;
    const { policies, ...rest } = denied;
    const policy = policies.find((each) => isMeant(material, each, flow));
    if (policy === undefined) continue;
    const object = objectOf(material, policy, flow);
    if (object === null) continue;
    const { namespace, name } = flow.route;
    const through = `${flow.route.kind} ${namespace}/${name} leads to Service ${flow.service.name}`;
    yield { ...flow, ...rest, policy, through, ...object };
  }
}

function objectOf({ isSubject }: Material, policy: NetworkPolicy, { route }: Flow) {
  if (isSubject(policyRef(policy))) return { object: policyRef(policy), path: peersOf(policy) };
  const { kind, namespace, name } = route;
  return isSubject({ kind, namespace, name }) ? { object: { kind, namespace, name }, path: ['spec'] } : null;
}

/** Where the policy admits by selectors. */
function peersOf(policy: NetworkPolicy): FieldPath {
  const peers = rulesIn(policy).flatMap((rule) => (rule.direction === 'ingress' ? rule.peers : []));
  return peers.find(({ peer }) => peer.ipBlock === undefined)?.path ?? ['spec', 'ingress'];
}

/** Peers that mean pods on the host network and nobody else. */
function* byPeers(material: Material): Iterable<Found> {
  for (const policy of policiesToJudge(material)) {
    for (const { direction, peers, ports } of rulesIn(policy)) {
      if (direction !== 'ingress') continue;
      for (const { peer, path } of peers) {
        const all = groupsOfPeer(material, peer, policy.namespace);
        if (all.some(({ passing, hostNetwork }) => !passing && !hostNetwork)) continue;
        const meant = all.filter(({ passing }) => !passing);
        const [client, group] = [clientOf(meant), isolatedBy(material, policy)[0]];
        if (client === null || group === undefined) continue;
        const [first] = ports.map(({ port }) => port.port);
        const port =
          typeof first === 'number'
            ? first
            : (group.ports.find(({ name }) => name === first)?.port ?? group.ports[0]?.port ?? null);
        if (port === null) continue;
        const flow = { client, group, port };
        const denied = deniedAs(material, flow);
        if (denied === null || !denied.policies.includes(policy)) continue;
        const { nodes, because } = denied;
        const through = `${sayPath(path)} means ${list(
          meant.map(({ namespace, workload }) => `${namespace}/${workload}`),
          3,
        )} and nobody else`;
        yield { ...flow, policy, object: policyRef(policy), path, nodes, because, through };
      }
    }
  }
}

function clientOf(meant: readonly Group[]): Client | null {
  const [first] = meant;
  if (first === undefined) return null;
  const { namespace, labels, workload } = first;
  return {
    who: `${namespace}/${workload}`,
    namespace,
    labels,
    hostNetwork: true,
    nodes: [...new Set(meant.flatMap(({ nodes }) => nodes))].toSorted(),
  };
}

/** null: on every node it is admitted, or nobody can tell. */
function deniedAs(material: Material, flow: Pick<Flow, 'client' | 'group' | 'port'>) {
  const denied = verdictsOf(material, flow).filter(({ verdict }) => verdict.verdict === 'deny');
  const [first] = denied;
  if (first === undefined) return null;
  const names = first.verdict.policies;
  return {
    nodes: denied.flatMap(({ node }) => node ?? []),
    because: first.verdict.because,
    policies: material.policiesOf(flow.group.namespace).filter(({ name }) => names.some((each) => each.name === name)),
  };
}

function remark(material: Material, found: Found): Remark {
  const { policy, client, group, port, nodes, because, through, object, path } = found;
  const { cluster } = material;
  const to = partyOfGroup(group);
  const fix = nodeFix({ cluster, policy, port, protocol: 'TCP', to, nodes: client.nodes });
  return {
    diagnosis: 'policy-misses-hostnetwork',
    title: `NetworkPolicy ${policy.namespace}/${policy.name} means to admit ${client.who} and cannot see it: it runs with hostNetwork`,
    object,
    at: { path },
    about: `${policy.namespace}/${policy.name} ${client.namespace}`,
    where: { from: client.who, to: `${group.namespace}/${group.workload}` },
    evidence: [
      ['Who', `${through}; ${because}`],
      [
        'Where',
        nodes.length === 0
          ? 'from every node but the own one of each pod'
          : `from ${list(nodes, 4)}, to pods on other nodes`,
      ],
    ],
    fix,
    settles: `kprobe diagnose svc/SERVICE -n ${group.namespace}, or the host of its Ingress, measures it and the addresses that arrive.`,
  };
}
