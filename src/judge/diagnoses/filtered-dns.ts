import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { isPlainQuery, replicasOf, resolverWaitMs } from '../views/dns.ts';
import { areConnected, meshOf } from '../views/mesh.ts';
import { measured } from '../views/node-trouble.ts';
import { behaviour, ends, line } from '../words/words.ts';

/** Plain questions that one node's vantages send to the DNS Service, or that others send to servers on it, and that nobody answers. */
interface Filter {
  readonly node: string;
  readonly direction: 'from' | 'to';
  readonly paths: readonly PathEvidence[];
  /** The same questions to or from other nodes. */
  readonly elsewhere: readonly PathEvidence[];
}

export default defineDiagnosis<Filter>({
  id: 'filtered-dns',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'DNS questions are lost at one node, and at no other',
  why: 'Pods of this node resolve nothing, or servers on it are asked in vain, while every other node is well: a rule on UDP port 53, a node-local cache that died and left its rules behind, or rules for the Service of DNS that this node lacks. Every lookup then waits for the resolver to give up.',
  test: 'The same plain question goes from every node to the DNS Service and to each server. All that begin at one node (or all from elsewhere that end at a server on it) stay unanswered; the same servers answer others, and the node itself is reached and reaches others by TCP.',
  remedy:
    'Look at the node: its rules for UDP port 53 (nft list ruleset, iptables-save), its node-local DNS cache, its kube-proxy.',
  limits:
    'Who drops the question on the node is not seen. Where all nodes are struck it is unreachable-dns; a server that answers nobody, not even its own node, is dead-dns-endpoint.',
  experiments: ['dns-servers', 'dns-transports', 'client-resolution', 'node-pairs'],
  suspects: (evidence) => [...outgoing(evidence), ...incoming(evidence)],
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: (filter, evidence) => {
    const working = filter.elsewhere.filter(isWorking);
    return [
      {
        label: 'Elsewhere',
        holds: working.length > 0,
        says: `${list(working.slice(0, 3).map((path) => `${ends(path)}: ${behaviour(path)}`))}`,
        attempts: answersOf(working),
        settles: 'Ask the same server from another node.',
      },
      reached(filter, evidence),
      ...(filter.direction === 'from' ? [alikeContrast(filter, evidence)] : []),
    ];
  },
  suffer: ({ node, direction }, evidence) =>
    evidence.paths.filter(
      (path) =>
        isTroubled(path) &&
        (path.from.node === node) === (direction === 'from') &&
        isThroughDns(path, direction === 'to' ? node : null),
    ),
  blame: ({ node, direction, paths }, evidence) => {
    const by = byOther(evidence, paths);
    return {
      title:
        direction === 'from'
          ? `Nobody on node ${node} gets an answer from DNS, and everybody elsewhere does`
          : `DNS servers on node ${node} get no question from other nodes, and answer their own`,
      object: { kind: 'Node', namespace: null, name: node },
      where: direction === 'from' ? { from: node, to: 'DNS' } : { from: 'all other nodes', to: node },
      timer: { name: 'resolver timeout', ms: resolverWaitMs(evidence) },
      lines:
        by.length === 0
          ? []
          : [
              line(
                'But',
                `${list(by.slice(0, 3).map((path) => `${ends(path)} (${wayOf(path)}): ${behaviour(path)}`))}`,
                answersOf(by),
              ),
            ],
      fix: {
        says: `On ${node}: nft list ruleset | grep -n 'dport 53' (or iptables-save; notrack on port 53, or the address of the DNS Service on an interface, is what a node-local cache leaves behind), then the pods of node-local-dns and kube-proxy there.`,
        manifest: null,
      },
    };
  },
});

/** Nodes none of whose vantages is answered by the DNS Service. */
function outgoing(evidence: Evidence): Filter[] {
  const fronts = questions(evidence).filter(({ path: { to } }) => to.kind === 'dns-server' && to.service !== null);
  const byNode = Map.groupBy(fronts, ({ from }) => from.node ?? '');
  return [...byNode].flatMap(([node, paths]): Filter[] => {
    if (node === '' || !paths.every(isBroken)) return [];
    return [{ node, direction: 'from', paths, elsewhere: fronts.filter(({ from }) => from.node !== node) }];
  });
}

/** Nodes whose servers answer their own node, and nobody from any other. */
function incoming(evidence: Evidence): Filter[] {
  const direct = questions(evidence).filter(({ path: { to } }) => to.kind === 'dns-server' && to.pod !== null);
  const byNode = Map.groupBy(direct, ({ path: { to } }) => ('node' in to ? (to.node ?? '') : ''));
  return [...byNode].flatMap(([node, all]): Filter[] => {
    const own = all.filter(({ from }) => from.node === node);
    // Where the node is cut off from the asker, it is not about DNS.
    const paths = all.filter(({ from }) => from.node !== node && areConnected(evidence, from.node, node) !== false);
    if (node === '' || paths.length === 0 || !paths.every(isBroken) || !own.some(isWorking)) return [];
    return [{ node, direction: 'to', paths, elsewhere: own }];
  });
}

function questions(evidence: Evidence): PathEvidence[] {
  return measured(evidence).filter(isPlainQuery);
}

/** Straight from the same vantages all servers answer, or none does: where some do, the Service chose the others. */
function alikeContrast({ paths }: Filter, evidence: Evidence): Contrast {
  const sources = new Set(paths.map(({ from }) => from.id));
  const straight = questions(evidence).filter(
    ({ path: { to }, from }) => to.kind === 'dns-server' && to.pod !== null && sources.has(from.id),
  );
  const working = straight.filter(isWorking);
  // A server that takes as long itself as the questions were waited for may have been about to answer them.
  const slowestMs = Math.max(0, ...working.flatMap(({ answered }) => answered.map(({ sample }) => sample.totalMs)));
  // One that was rejected was not waited for at all.
  const waits = paths.flatMap(({ unanswered }) => unanswered.filter(({ sample }) => sample.outcome.kind === 'silent'));
  const waitedMs = Math.min(...waits.map(({ sample }) => sample.totalMs));
  const isAlike =
    working.length === 0 || (slowestMs < waitedMs && straight.every(({ unanswered }) => unanswered.length === 0));
  return {
    label: 'Straight',
    holds: straight.length === 0 ? null : isAlike,
    says: `${working.length === 0 ? 'none' : 'each'} of the servers answers these vantages when it is asked itself by UDP`,
    attempts: straight.flatMap(({ attempts }) => attempts).slice(0, 10),
    settles: 'Ask each DNS server by its own address.',
  };
}

/** The ways between the askers and all servers are open: what is lost on a cut one is the network's. */
function reached({ node, direction, paths }: Filter, evidence: Evidence): Contrast {
  const servers = direction === 'from' ? replicasOf(evidence).map((replica) => replica.node) : [node];
  const askers = [...new Set(paths.map(({ from }) => from.node))];
  const ways = askers.flatMap((asker) => servers.map((server) => areConnected(evidence, asker, server)));
  const pairs = askers.flatMap((asker) =>
    servers.flatMap((server) => meshOf(evidence).between(asker ?? '', server ?? '') ?? []),
  );
  const open = pairs.map(({ path }) => path).filter(isWorking);
  return {
    label: 'Its node',
    holds: ways.includes(false) ? false : ways.includes(true) ? true : null,
    says:
      open.length === 0 ? `a server stands on ${node} itself` : `${list(open.slice(0, 3).map(ends))}: answered by TCP`,
    attempts: answersOf(open),
    settles: `Connect between ${node} and the nodes of the DNS servers.`,
  };
}

/** The same vantages are answered there by another way: by TCP, or straight by a server and not by the Service. */
function byOther(evidence: Evidence, paths: readonly PathEvidence[]): PathEvidence[] {
  const sources = new Set(paths.map(({ from }) => from.id));
  const [asked] = paths;
  const service = asked?.path.to.kind === 'dns-server' ? asked.path.to.service : null;
  const addresses = new Set(paths.flatMap(({ path: { to } }) => ('address' in to ? to.address : [])));
  return evidence.paths.filter(({ path, from, answered }) => {
    if (path.to.kind !== 'dns-server' || !sources.has(from.id) || answered.length === 0) return false;
    const isSameServer = addresses.has(path.to.address);
    return isSameServer ? !isUdp(path) : service !== null && path.to.pod !== null;
  });
}

function wayOf({ path }: PathEvidence): string {
  const isService = path.to.kind === 'dns-server' && path.to.service !== null;
  return `${isUdp(path) ? 'UDP' : 'TCP'}, ${isService ? 'the Service' : 'straight'}`;
}

function isUdp({ probe }: PathEvidence['path']): boolean {
  return probe.kind === 'dns' && probe.transport === 'udp';
}

/** Names, the Service of DNS, and its servers, or those on one node. */
function isThroughDns({ path: { to } }: PathEvidence, node: string | null): boolean {
  if (to.kind === 'resolver') return true;
  if (to.kind !== 'dns-server') return false;
  return to.service !== null || node === null || to.node === node;
}

function isTroubled({ unanswered, modes }: PathEvidence): boolean {
  return unanswered.length > 0 || modes.length > 1;
}

function answersOf(paths: readonly PathEvidence[]): Attempt[] {
  return paths.flatMap(({ answered }) => answered).slice(0, 10);
}
