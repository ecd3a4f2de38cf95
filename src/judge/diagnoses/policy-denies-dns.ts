import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { expectationOf } from '../evidence/expected.ts';
import { labelOfClient, line } from '../words/words.ts';
import { allowDnsFix } from '../fixes/let-out.ts';
import { dnsContrasts, dnsDenied, dnsSufferers } from '../views/denied-queries.ts';

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
    const denied = dnsDenied(evidence);
    return denied.length === 0 ? [] : [denied];
  },
  arm: (denied) => ({ paths: denied, fails: true }),
  contrasts: dnsContrasts,
  suffer: dnsSufferers,
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
