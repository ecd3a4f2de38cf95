import { duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { above, measured } from '../views/node-trouble.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { behaviour, ends, line } from '../words/words.ts';

/** One address that one node does not get through to. */
interface Detour {
  readonly node: string;
  readonly address: string;
  /** From that node. */
  readonly paths: readonly PathEvidence[];
  /** From all other nodes. */
  readonly others: readonly PathEvidence[];
}

export default defineDiagnosis<Detour>({
  id: 'misrouted-address',
  class: 'retransmit-drop',
  layer: 'node',
  title: 'One node cannot reach one address that all others reach',
  why: "A route to that single address (prohibit, unreachable, blackhole, or to where the pod was before), a stale neighbour, a stale entry of the network plugin's own table or a rule on the sending node, or, of an address outside the cluster, that the node no longer gives its own address to what its pods send out (masquerade): whoever asks from there fails, every time, and nobody else sees anything.",
  test: 'The same request goes to the same endpoint from every node. All vantages of one node fail, and all of the others are answered; from the failing node a probe pod beside the endpoint answers, so the way between the two nodes is open.',
  remedy:
    'On the node that fails: ip route get ADDRESS, ip rule, ip neigh, the tables of the network plugin (cilium bpf ipcache list, calicoctl node status), then its rules for the address.',
  limits:
    'A rule at the far end that picks on one node looks the same, and of an address outside the cluster it is likely at most, for nothing beside it can be asked. Where several addresses of a node are out of reach and none answers, that is broken-node-pair.',
  experiments: ['endpoints', 'external-hosts', 'identities', 'node-pairs'],
  suspects: (evidence) => {
    const ways = measured(evidence).filter(({ path: { to } }) => to.kind === 'backend' || to.kind === 'external');
    const byEnds = Map.groupBy(ways, ({ from, path: { to } }) => `${from.node}\n${addressOf(to)}`);
    return [...byEnds.values()].flatMap((paths): Detour[] => {
      const [first] = paths;
      if (first === undefined || first.from.node === null) return [];
      const { node } = first.from;
      const address = addressOf(first.path.to);
      // Of hosts outside, a node from which nobody asks has no need to get through.
      if (first.path.to.kind === 'external' && !paths.some(({ from }) => from.underTest)) return [];
      const same = ways.filter(({ path: { to } }) => addressOf(to) === address);
      return [{ node, address, paths, others: same.filter(({ from }) => from.node !== node) }];
    });
  },
  arm: ({ paths, others }) => ({
    paths,
    // A reset may be the pod's own word to that node: nothing is lost then.
    fails: !paths.every(isBroken) || !others.some(isWorking) ? false : isRefused(paths) ? null : true,
  }),
  contrasts: ({ node, address, paths, others }, evidence) => {
    const open = others.filter(isWorking);
    const beside = besideOf(evidence, paths);
    const reached = beside.filter(isWorking);
    const neutral = paths.filter(({ from }) => from.kind === 'control');
    return [
      {
        label: 'Everybody',
        // What policies see of a twin may be the reason for it alone.
        holds: neutral.length > 0 ? true : null,
        says: `kprobe's own pod on ${node}, which no policy selects, fails alike`,
        attempts: neutral.flatMap(({ unanswered }) => unanswered).slice(0, 10),
        settles: `Ask the endpoint from a pod of another namespace on ${node}.`,
      },
      ...(isRefused(paths)
        ? [
            {
              label: 'Who resets',
              holds: null,
              says: '',
              attempts: [],
              settles: `On ${node}: ip route get ${address} says "local" where the node itself has the address; kprobe trace from there names a rule.`,
            },
          ]
        : []),
      {
        label: 'Others',
        // Of a server that fails others as well it is the server, or its node.
        holds: open.length === others.length,
        says: list(open.slice(0, 3).map((path) => `${ends(path)}: ${behaviour(path)}`)),
        attempts: open.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Ask the same endpoint from another node.',
      },
      {
        label: 'Beside it',
        holds: beside.length === 0 ? null : reached.length === beside.length,
        says: `from ${node} a probe pod beside the endpoint answers in ${duration(reached[0]?.median('total') ?? 0)}`,
        attempts: reached.flatMap(({ answered }) => answered).slice(0, 10),
        settles: isOutside(paths)
          ? `Ask from the own network of ${node}: if that is answered, nothing gives what its pods send out the address of the node.`
          : `Connect from ${node} to a probe pod on the endpoint's node.`,
      },
    ];
  },
  suffer: ({ paths }, evidence) => above(evidence, paths),
  shows: ({ paths }, evidence) => throughProxy(evidence, paths),
  blame: ({ node, address, paths }, evidence) => {
    const isReset = isRefused(paths);
    const isRejected = isReset || paths.every(({ state }) => state === 'rejected' || state === 'dead');
    return {
      title: `Node ${node} does not get through to ${nameOf(paths, address)}, and every other node does`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: node, to: nodeOf(paths) ?? address },
      timer: isRejected ? null : (proxyTimer(evidence) ?? { name: 'SYN retransmission', ms: 1000 }),
      why: isRejected ? null : whyThatLong(evidence),
      lines: isReset
        ? [
            line(
              'Who',
              'resets come, and from nowhere else: a rule on the node, or somebody else who has this address there',
            ),
          ]
        : isRejected
          ? [line('Who', 'an ICMP error ends the connects: a route or a rule says no, nothing is lost on a wire')]
          : [],
      fix: {
        says: isReset
          ? `On ${node}: ip route get ${address} (local: the node itself has the address: ip addr); ip neigh show ${address}; nft list ruleset for a rule that resets.`
          : isOutside(paths)
            ? `On ${node}: whether masquerade still applies to what its pods send out of the cluster (nft list ruleset, iptables-save -t nat; without it the answers have no way back), then ip route get ${address} and ip rule.`
            : `On ${node}: ip route get ${address}; ip rule; ip neigh show ${address}. A route that names this address alone is stale.`,
        manifest: null,
      },
    };
  },
});

function isRefused(paths: readonly PathEvidence[]): boolean {
  return paths.every(({ state }) => state === 'refused');
}

/** No node of the cluster has it. */
function isOutside(paths: readonly PathEvidence[]): boolean {
  return nodeOf(paths) === null && paths.every(({ path: { to } }) => !('pod' in to) || to.pod === null);
}

function addressOf(to: PathEvidence['path']['to']): string {
  return 'address' in to ? to.address : '';
}

function nodeOf([first]: readonly PathEvidence[]): string | null {
  return first !== undefined && 'node' in first.path.to ? first.path.to.node : null;
}

function nameOf([first]: readonly PathEvidence[], address: string): string {
  const to = first?.path.to;
  return to !== undefined && 'pod' in to && to.pod !== null ? `pod ${to.pod.namespace}/${to.pod.name}` : address;
}

/** From the same vantages to probe pods on the endpoint's node, by the port of the endpoint where that was tried. */
function besideOf(evidence: Evidence, paths: readonly PathEvidence[]): PathEvidence[] {
  const [sources, node] = [new Set(paths.map(({ from }) => from.id)), nodeOf(paths)];
  return measured(evidence).filter(
    ({ from, to, path }) =>
      sources.has(from.id) &&
      node !== null &&
      (to?.kind === 'control' || to?.kind === 'twin') &&
      to.node === node &&
      path.probe.kind === 'tcp',
  );
}
