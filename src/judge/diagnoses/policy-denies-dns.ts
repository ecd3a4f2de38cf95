import { anyDelay, explain } from '../engine/reach.ts';
import { list } from '../../model/format.ts';
import { hasPodIdentity } from '../../model/plan.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { expectationOf } from '../views/hops.ts';
import { behaviour, labelOfClient, line, pathLines, sight } from '../words/words.ts';
import { allowDnsFix } from './admission.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';

export default defineDiagnosis({
  id: 'policy-denies-dns',
  class: 'policy',
  title: 'A NetworkPolicy keeps this client from DNS',
  why: 'Default-deny egress without a rule for DNS drops every query: each lookup waits 10 s or more (glibc: two tries of 5 s a name and search suffix) and then fails, while connects by address work.',
  test: 'A twin of the client and a control on the same node send the same query to the same servers: the control is answered, the twin is not.',
  remedy: 'Allow egress to the DNS pods on port 53 (their container port), UDP and TCP.',
  limits: 'Needs --from. A node-local DNS cache is reached at a link-local address, which needs an ipBlock of its own.',
  maskedBy: [],
  find(evidence) {
    const queries = evidence.paths.filter(
      (path) => hasPodIdentity(path.from) && path.from.asks && isUdpQuery(path) && isBroken(path),
    );
    const denied = queries.filter(
      (path) =>
        expectationOf(evidence, path).verdict === 'deny' && expectationOf(evidence, path).direction === 'egress',
    );
    const [first] = denied;
    if (first === undefined) return [];
    const [policy] = expectationOf(evidence, first).policies;
    const controls = denied.flatMap((path) => neutralTwinOf(evidence, path));
    const isProven = controls.some(isWorking);
    const affected = evidence.paths.filter(
      (path) => hasPodIdentity(path.from) && path.from.asks && path.path.to.kind === 'resolver',
    );
    const tcp = evidence.paths.filter(
      (path) => hasPodIdentity(path.from) && path.from.asks && path.path.to.kind === 'dns-server' && isBroken(path),
    );
    const accounts = [...new Set([...denied, ...tcp, ...affected])];
    const explained = explain(evidence, accounts, anyDelay);
    const client = first.from.of;
    return [
      {
        certainty: isProven ? ('proven' as const) : ('likely' as const),
        title: `NetworkPolicy ${policy === undefined ? '' : `${policy.namespace}/${policy.name} `}keeps ${client === null ? 'the client' : `${client.namespace}/${client.name}`} from DNS`,
        object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
        where: { from: list([...new Set(denied.map((path) => path.from.node ?? '?'))]), to: 'DNS' },
        timer: { name: 'resolver gives up (glibc: 2 tries of 5 s)', ms: 10_000 },
        evidence: [
          ...sight(evidence, explained),
          ...pathLines(labelOfClient(denied), denied),
          ...controls
            .filter(isWorking)
            .slice(0, 1)
            .map((path) =>
              line(
                'Control',
                `the same query from the same node with a neutral identity: ${behaviour(path)}`,
                path.answered,
              ),
            ),
          line('Who', expectationOf(evidence, first).because),
        ],
        fix: allowDnsFix(evidence, first),
        wouldSettle: isProven ? null : 'Ask the same servers from a control on the same node.',
        accounts: accounts.map((path) => path.path.id),
        explained,
      },
    ];
  },
});

function isUdpQuery(path: PathEvidence): boolean {
  return path.path.probe.kind === 'dns' && path.path.probe.transport === 'udp';
}

/** The same query to the same server from the control on the same node. */
function neutralTwinOf(evidence: Evidence, path: PathEvidence): PathEvidence[] {
  const { to, probe } = path.path;
  return evidence.paths.filter(
    (other) =>
      other.from.kind === 'control' &&
      other.from.node === path.from.node &&
      'address' in other.path.to &&
      'address' in to &&
      other.path.to.address === to.address &&
      JSON.stringify(other.path.probe) === JSON.stringify(probe),
  );
}
