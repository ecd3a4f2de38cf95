import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { deniedSources, isAsNode, twinContrast } from '../views/replaced-sources.ts';
import type { ReplacedSource } from '../views/replaced-sources.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis<ReplacedSource>({
  id: 'policy-denies-outside',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy admits pods, and clients come from outside through the port of a node',
  why: 'Selectors of pods and namespaces match pods only. Who comes from outside through the port of a node arrives with the address of that node, or with its own, and no selector matches either: connects run through the SYN schedule. Where the node that was asked has an endpoint of its own some connects pass, for a node always reaches its own pods.',
  test: "From the network of the node that is asked, a twin of the pod fails as the client does, while a control beside it answers and tells the address that it sees; the policy, read with that address and with the client's own, admits neither.",
  remedy:
    'Admit the clients by ipBlock and set externalTrafficPolicy to Local, so that their own addresses arrive; or let them come through an ingress whose pods the policy admits.',
  limits:
    'Only for the ports of nodes, and for this machine as the client. Where the policy would admit the client by its own address, that is hidden-source.',
  experiments: ['entries', 'replaced-sources', 'endpoints'],
  suspects: deniedSources,
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: (suspect, evidence) => [twinContrast(evidence, suspect)],
  // Whoever else came through that node, or as it, has the same address there; and other nodes' ports are alike.
  suffer: (suspect, evidence) =>
    evidence.paths.filter(
      (path) => path.unanswered.length > 0 && (path.path.to.kind === 'entry' || isAsNode(path, suspect)),
    ),
  blame: ({ policy, service, node, own, seen, isMeasured, closed, paths }) => ({
    title: `NetworkPolicy ${policy.namespace}/${policy.name} admits nobody from outside: through ${node} they arrive as ${list([...seen])}`,
    object: { kind: 'NetworkPolicy', ...policy },
    where: { from: node, to: list([...closed]) },
    timer: paths.some(({ state }) => state === 'silent') ? { name: 'SYN retransmission', ms: 1000 } : null,
    lines: [
      line(
        'Who',
        `pods on ${list([...closed])} ${isMeasured ? 'saw' : 'must be expected to see'} ${list([...seen])} for what ${node} sends; neither that nor ${own} matches a rule of the policy`,
      ),
    ],
    fix: {
      says: `Add the clients' range to the policy as an ipBlock (here ${own}/32) and kubectl -n ${service.namespace} patch service ${service.name} -p '{"spec":{"externalTrafficPolicy":"Local"}}', then ask nodes that have an endpoint (${list([...closed])}).`,
      manifest: null,
    },
  }),
});
