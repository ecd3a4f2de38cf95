import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { frontsOf, nameOfServer, replicasOf, resolverWaitMs } from '../views/dns.ts';

/** A node, and what its own neutral vantages hear from the address of the DNS Service. */
interface NodeFronts {
  readonly node: string;
  readonly fronts: readonly PathEvidence[];
}

export default defineDiagnosis<NodeFronts>({
  id: 'stale-dns-rules',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'On one node the address of the DNS Service does not lead to its servers',
  why: 'Each node translates that address by itself. Where kube-proxy has stopped or fallen behind there, or a NodeLocal DNSCache was taken away and has left the address on an interface and its rules that leave port 53 untranslated, lookups of every pod on this node are refused or wait for the resolver to give up, and everybody else is fine.',
  test: 'The same question goes to the address of the DNS Service from each node, and straight to each DNS pod: the address fails on this node only, from which the pods answer.',
  remedy:
    'Look at kube-proxy (or what replaces it) on that node and restart it; take away what a node-local cache has left: the address on an interface, and rules that name port 53 with notrack.',
  limits:
    'Which of both it is the node’s own rules tell, which need rights there. A policy on kprobe’s own pods would look the same, so only vantages that no policy selects are asked.',
  experiments: ['dns-servers', 'client-resolution'],
  suspects: (evidence) =>
    [...Map.groupBy(frontsOf(evidence), ({ from }) => from.node)].flatMap(([node, fronts]) =>
      node === null ? [] : [{ node, fronts }],
    ),
  arm: ({ fronts }) => ({ paths: fronts, fails: fronts.every(isBroken) }),
  contrasts: ({ node }, evidence) => {
    const straight = replicasOf(evidence).map((server) => ({
      server,
      own: server.asked.filter(({ from }) => from.node === node && from.kind === 'control'),
    }));
    const asked = straight.filter(({ own }) => own.length > 0);
    const elsewhere = frontsOf(evidence).filter(({ from }) => from.node !== node);
    const working = elsewhere.filter(isWorking);
    return [
      {
        label: 'Straight',
        holds: asked.length === 0 ? null : asked.every(({ own }) => own.every(isWorking)),
        says: `${list(asked.map(({ server }) => nameOfServer(server)))} answer ${node} when asked directly`,
        attempts: asked.flatMap(({ own }) => own.flatMap(({ answered }) => answered)).slice(0, 10),
        settles: `Ask each DNS pod directly from ${node}.`,
      },
      {
        label: 'Elsewhere',
        holds: elsewhere.length === 0 ? null : working.length > 0,
        says: `the address answers on ${list([...new Set(working.map(({ from }) => from.node ?? '?'))])}`,
        attempts: working.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Ask the address of the DNS Service from another node.',
      },
    ];
  },
  suffer: ({ node }, { paths }) =>
    paths.filter(
      (path) =>
        path.from.node === node &&
        isBroken(path) &&
        (path.path.to.kind === 'resolver' || (path.path.to.kind === 'dns-server' && path.path.to.service !== null)),
    ),
  blame: ({ node, fronts }, evidence) => {
    const address = addressOf(fronts);
    return {
      title: `On node ${node} ${address}, the address of the DNS Service, does not lead to its servers, which answer there when asked directly`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: node, to: address },
      timer: { name: 'resolver gives up on a nameserver', ms: resolverWaitMs(evidence) },
      fix: {
        says: `On ${node}: ip -br addr | grep -w ${address} (nothing may have it but kube-proxy's own device), nft list ruleset or iptables-save -t raw for rules with notrack on port 53, which a node-local cache leaves; else look at kube-proxy there and restart it.`,
        manifest: null,
      },
    };
  },
});

function addressOf([front]: readonly PathEvidence[]): string {
  return front !== undefined && 'address' in front.path.to ? front.path.to.address : 'the DNS Service';
}
