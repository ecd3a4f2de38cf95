import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { expectationOf } from '../evidence/expected.ts';
import { behaviour, labelOfClient, line } from '../words/words.ts';
import { allowDnsFix } from '../fixes/let-out.ts';
import { deniedQueries, isOfClient, queryOfControl } from '../views/denied-queries.ts';

export default defineDiagnosis({
  id: 'policy-denies-dns',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy keeps this client from DNS',
  why: 'Default-deny egress without a rule for DNS drops every query: each lookup waits 10 s or more (glibc: two tries of 5 s a name and search suffix) and then fails, while connects by address work.',
  test: 'A twin of the client and a control on the same node send the same query to the same servers: the control is answered, the twin is not.',
  remedy: 'Allow egress to the DNS pods on port 53 (their container port), UDP and TCP.',
  limits: 'Needs --from. A node-local DNS cache is reached at a link-local address, which needs an ipBlock of its own.',
  experiments: ['dns-servers', 'dns-transports', 'client-resolution'],
  suspects: (evidence) => {
    const denied = deniedQueries(evidence, 'udp', 'egress').filter(isOfClient);
    return denied.length === 0 ? [] : [denied];
  },
  arm: (denied) => ({ paths: denied, fails: true }),
  contrasts: (denied, evidence) => {
    const control = denied.flatMap((path) => queryOfControl(evidence, path)).find(isWorking);
    return [
      {
        label: 'Control',
        holds: control === undefined ? null : true,
        says: `the same query from the same node with a neutral identity: ${control === undefined ? '' : behaviour(control)}`,
        attempts: control?.answered ?? [],
        settles: 'Ask the same servers from a control on the same node.',
      },
    ];
  },
  suffer: (_denied, evidence) =>
    evidence.paths.filter(
      (path) =>
        isOfClient(path) &&
        (path.path.to.kind === 'resolver' || (path.path.to.kind === 'dns-server' && isBroken(path))),
    ),
  blame: (denied, evidence) => {
    const [first] = denied;
    const expectation = first === undefined ? null : expectationOf(evidence, first);
    const [policy] = expectation?.policies ?? [];
    const client = first?.from.of ?? null;
    return {
      title: `NetworkPolicy ${policy === undefined ? '' : `${policy.namespace}/${policy.name} `}keeps ${client === null ? 'the client' : `${client.namespace}/${client.name}`} from DNS`,
      object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
      where: { from: list([...new Set(denied.map((path) => path.from.node ?? '?'))]), to: 'DNS' },
      timer: { name: 'resolver gives up (glibc: 2 tries of 5 s)', ms: 10_000 },
      armLabel: labelOfClient(denied),
      lines: [line('Who', expectation?.because ?? '')],
      fix: first === undefined ? null : allowDnsFix(evidence, first),
    };
  },
});
