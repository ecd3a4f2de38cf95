import { list } from '../../model/format.ts';
import { localServiceAt, sharedServiceAt } from '../../model/local-entry.ts';
import type { ObjectName, Pod, Service } from '../../model/cluster.ts';
import { named } from '../../model/named.ts';
import { derived } from '../derived.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { controllerOf } from '../evidence/proxy.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import { partyAt, partyOf } from '../policy/party.ts';
import { ownAddress } from '../views/replaced-sources.ts';
import { ends, line } from '../words/words.ts';

/** A policy that isolates the proxies, and whose rules match none of the addresses by which users come. */
interface Shut {
  readonly policy: ObjectName;
  /** Lost at the ports of nodes, as the policy says they must. */
  readonly paths: readonly PathEvidence[];
  /** At the same ports, from whom it admits. */
  readonly admitted: readonly PathEvidence[];
  readonly addresses: readonly string[];
}

const MOST_ATTEMPTS = 10;

export default defineDiagnosis<Shut>({
  id: 'policy-shuts-entry',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy selects the proxies of the ingress and admits pods only, and users come from outside',
  why: 'Behind the port of a node a proxy on the pod network sees the addresses of its users (externalTrafficPolicy Local) or of that node. Selectors of pods and namespaces match none of them, so every connect from outside runs through the SYN schedule, while whoever asks from a pod is content.',
  test: 'The policies of the proxies are read with the address that each vantage has there: those that no rule admits are lost at the port of the node, those that one admits are answered at the same port.',
  remedy:
    'Admit the users by ipBlock (0.0.0.0/0 where the ingress is public) on the ports that the proxies listen on; a rule without `from` admits everybody.',
  limits:
    'Only for ports of nodes, and proxies on the pod network. Load balancers that do not keep addresses are told by their own.',
  experiments: ['entries'],
  suspects: (evidence) => {
    const judged = entriesJudged(evidence);
    const denied = judged.filter(({ path, policy }) => policy !== null && isBroken(path));
    // What a policy denies and gets through is not enforced, or not as it was read.
    if (judged.some(({ path, policy, isLocal }) => policy !== null && isLocal && isWorking(path))) return [];
    const addresses = new Set(denied.flatMap(({ path }) => addressOf(path)));
    const admitted = judged
      .filter(
        ({ path, policy }) => policy === null && isWorking(path) && addressOf(path).some((at) => addresses.has(at)),
      )
      .map(({ path }) => path);
    const byPolicy = Map.groupBy(denied, ({ policy }) => `${policy?.namespace}/${policy?.name}`);
    return [...byPolicy.values()].flatMap((all): Shut[] => {
      const policy = all[0]?.policy ?? null;
      if (policy === null) return [];
      const sources = new Set(all.flatMap((each) => each.sources));
      return [{ policy, paths: all.map(({ path }) => path), admitted, addresses: [...sources] }];
    });
  },
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: ({ admitted }): Contrast[] => [
    {
      label: 'Admitted',
      holds: admitted.length > 0 ? true : null,
      says: `${list(admitted.slice(0, 2).map(ends))}: answered at the same port, from an address that the policy admits`,
      attempts: admitted.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
      settles: 'Ask the same port from a pod of the node, which the policy admits.',
    },
  ],
  // Of a port that all nodes serve, what is sent to proxies elsewhere is lost as well.
  suffer: (_shut, evidence) =>
    entriesJudged(evidence).flatMap(({ path, policy }) =>
      policy !== null && path.unanswered.length > 0 ? [path] : [],
    ),
  blame: ({ policy, paths, addresses }) => ({
    title: `NetworkPolicy ${policy.namespace}/${policy.name} selects the proxies and admits nobody from outside`,
    object: { kind: 'NetworkPolicy', ...policy },
    where: {
      from: 'outside',
      to: list([...new Set(paths.flatMap(({ path }) => ('node' in path.to ? (path.to.node ?? []) : [])))]),
    },
    timer: { name: 'SYN retransmission', ms: 1000 },
    lines: [line('Who', `users arrive as ${list([...addresses], 3)}, which no rule of the policy matches`)],
    fix: {
      says: `Add a rule to NetworkPolicy ${policy.namespace}/${policy.name} that admits the ranges of the users (ipBlock), or one that names the ports alone.`,
      manifest: null,
    },
  }),
});

interface Judged {
  readonly path: PathEvidence;
  /** null: it is admitted. */
  readonly policy: ObjectName | null;
  /** By which the proxy sees the vantage. */
  readonly sources: readonly string[];
  /** One proxy stands behind the port; else any may be chosen, the node's own among them, which it always reaches. */
  readonly isLocal: boolean;
}

/** Entries at ports of nodes that lead to one proxy on the pod network, read with the address that it sees. */
const entriesJudged = derived((evidence: Evidence): readonly Judged[] => {
  const { cluster } = evidence;
  const names = controllerOf(evidence)?.pods ?? [];
  const proxies = cluster.pods.filter((pod) => !pod.hostNetwork && named(names, pod) !== null);
  if (!cluster.networkPolicies.some(({ namespace }) => proxies.some((pod) => pod.namespace === namespace))) return [];
  return evidence.paths.flatMap((path): Judged[] => {
    const { to } = path.path;
    if (to.kind !== 'entry' || path.state === 'unmeasured') return [];
    const local = localServiceAt(cluster, to);
    const service = local ?? sharedServiceAt(cluster, to);
    // A node may always reach its own pods: of a port that all nodes serve, those elsewhere are told apart.
    const proxy = proxies.find((pod) => (pod.node === to.node) === (local !== null));
    const port = service === null || proxy === undefined ? null : portBehind(service, to.port, proxy);
    const sources = local === null ? addressesOf(evidence, to.node) : sourcesAt(evidence, path);
    if (proxy === undefined || port === null || sources.length === 0) return [];
    const verdicts = sources.map(
      (address) =>
        evaluateFlow({
          cluster,
          from: partyAt(cluster, address),
          to: partyOf(proxy),
          port,
          protocol: 'TCP',
          throughService: true,
        }).ingress,
    );
    const isDenied = verdicts.every(({ verdict }) => verdict === 'deny');
    // A pod of the node itself is seen as what it is.
    const isOwn = local !== null && path.from.node === to.node && path.from.kind !== 'local';
    const policy = isDenied && !isOwn ? (verdicts[0]?.policies[0] ?? null) : null;
    return [{ path, policy, sources, isLocal: local !== null }];
  });
});

/** Packets to a node's address leave a node with its own (every network plugin masquerades what goes out of the pod network). */
function sourcesAt({ cluster }: Evidence, path: PathEvidence): readonly string[] {
  const { node, kind } = path.from;
  if (kind === 'local') return [ownAddress(path) ?? []].flat();
  return cluster.nodes.find(({ name }) => name === node)?.addresses ?? [];
}

/** What a node that passes on to others puts in the place of who came to it. */
function addressesOf({ cluster }: Evidence, node: string | null): readonly string[] {
  const facts = cluster.nodes.find(({ name }) => name === node);
  return facts === undefined ? [] : [...facts.addresses, ...facts.overlayAddresses];
}

function portBehind({ ports }: Service, nodePort: number, proxy: Pod): number | null {
  const target = ports.find((each) => each.nodePort === nodePort)?.targetPort;
  return typeof target === 'number' ? target : (proxy.ports.find(({ name }) => name === target)?.port ?? null);
}

function addressOf({ path: { to } }: PathEvidence): string[] {
  return 'address' in to ? [to.address] : [];
}
