import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { isWorking } from '../evidence/state.ts';
import { isAsNode, replacedSources, throughOwnNode, twinContrast } from '../views/replaced-sources.ts';
import type { ReplacedSource } from '../views/replaced-sources.ts';
import { behaviour, ends, line } from '../words/words.ts';

export default defineDiagnosis<ReplacedSource>({
  id: 'hidden-source',
  class: 'service',
  layer: 'policy',
  title: 'A NetworkPolicy admits the address of a client outside, and pods see that of a node',
  why: 'With externalTrafficPolicy Cluster a node that passes a connection on to another node puts its own address in place of the client\'s, so that the answer comes back through it. An ipBlock that names the client never matches then: connects run through the SYN schedule. At the port of a node that has an endpoint they pass, for a node always reaches its own pods: "it works through one node".',
  test: "The same client asks the port of a node with an endpoint and of one without: the first answers. From the network of the node without, a twin of the pod fails as the client does, while a control beside it answers and tells the address that it sees; the policy, read with the client's own address, would admit it.",
  remedy:
    "Set externalTrafficPolicy to Local, so that the client's address arrives (each node that is asked then needs an endpoint), or restrict clients at the load balancer (loadBalancerSourceRanges) and admit the nodes in the policy.",
  limits:
    "Only for the ports of nodes, and for this machine as the client, whose own address is taken to be the one that it sends by: behind a NAT of its own it is another. A list of addresses that the application or the ingress keeps (403) is not read: compare it with the address that the pod's access log has.",
  experiments: ['entries', 'replaced-sources', 'endpoints'],
  suspects: replacedSources,
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: (suspect, evidence) => {
    const beside = throughOwnNode(evidence, suspect).filter(isWorking);
    const [other] = beside;
    return [
      {
        label: 'Own node',
        holds: other === undefined ? null : true,
        says:
          other === undefined
            ? ''
            : `the same client at the port of a node with an endpoint: ${ends(other)}: ${behaviour(other)}`,
        attempts: beside.flatMap(({ answered }) => answered),
        settles: `Connect to the same port of ${list([...suspect.closed])}, where an endpoint is: if that answers, it is the address.`,
      },
      twinContrast(evidence, suspect),
    ];
  },
  // Whoever else came through a node without an endpoint, or as such a node, has the same address there.
  suffer: (suspect, evidence) =>
    evidence.paths.filter((path) => {
      const { to } = path.path;
      const isSamePort = to.kind === 'entry' && !suspect.closed.includes(to.node ?? '');
      return path.unanswered.length > 0 && (isSamePort || isAsNode(path, suspect));
    }),
  blame: ({ policy, service, node, own, seen, isMeasured, closed, paths }) => {
    const name = `${service.namespace}/${service.name}`;
    return {
      title: `NetworkPolicy ${policy.namespace}/${policy.name} admits ${own}, and its pods see ${list([...seen])}: ${node} hides the client behind its own address`,
      object: { kind: 'NetworkPolicy', ...policy },
      where: { from: node, to: list([...closed]) },
      timer: paths.some(({ state }) => state === 'silent') ? { name: 'SYN retransmission', ms: 1000 } : null,
      lines: [
        line(
          'Who',
          `externalTrafficPolicy of Service ${name} is Cluster; pods on ${list([...closed])} ${isMeasured ? 'saw' : 'must be expected to see'} ${list([...seen])} for what ${node} sends`,
        ),
      ],
      fix: {
        says: `kubectl -n ${service.namespace} patch service ${service.name} -p '{"spec":{"externalTrafficPolicy":"Local"}}', and ask nodes that have an endpoint (${list([...closed])}). To admit ${list([...seen])} in the policy instead would admit everybody who comes through ${node}.`,
        manifest: null,
      },
    };
  },
});
