import { duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import {
  besideServer,
  dnsServersOf,
  frontPaths,
  isDeadServer,
  isLiveServer,
  nameOfServer,
  resolverWaitMs,
} from '../views/dns.ts';
import type { DnsServer } from '../views/dns.ts';
import { butLines, line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'dead-dns-endpoint',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'One DNS server of several does not answer',
  why: 'A query that meets the dead server is never answered; glibc asks again after 5 s (or what `options timeout` says), musl after 2.5 s, so a share of all lookups takes that long.',
  test: "The same query goes to each server directly, from every node, beside a probe pod on the server's node: one that answers nobody, on a node that answers everybody, is dead by itself.",
  remedy:
    'Delete the pod so that it is replaced, and give it a readiness probe that really asks it a question; take a dead nameserver out of dnsConfig.',
  limits:
    'A server that loses only some answers is lost-dns-answers. Caches in the nodes or the application hide the delay.',
  experiments: ['dns-servers', 'dns-transports', 'client-resolution', 'node-pairs'],
  suspects: dnsServersOf,
  arm: (server) => ({ paths: server.asked, fails: isDeadServer(server) }),
  contrasts: (server, evidence) => {
    const live = dnsServersOf(evidence).filter((other) => other !== server && isLiveServer(other));
    const beside = besideServer(evidence, server);
    return [
      {
        label: 'Others',
        holds: live.length > 0,
        says: live
          .map((each) => `${nameOfServer(each)}: ${duration(each.all.find(isWorking)?.median('total') ?? 0)}`)
          .join('; '),
        attempts: live.flatMap((each) => each.all.flatMap((path) => path.answered)).slice(0, 10),
        settles: 'Ask the other DNS servers.',
      },
      ...(server.pod === null
        ? []
        : [
            {
              label: 'Its node',
              holds: beside.length > 0 ? true : null,
              says: `a probe pod on ${server.node} answers the same vantages, so the node and the network to it work`,
              attempts: [],
              settles: `Place a probe pod on ${server.node ?? 'its node'} and ask again.`,
            },
          ]),
    ];
  },
  suffer: (server, evidence) => [...server.all.filter(isBroken), ...frontPaths(evidence)],
  blame: (server, evidence) => {
    const waitMs = resolverWaitMs(evidence);
    const sources = list([...new Set(server.asked.map(({ from }) => from.node ?? 'this machine'))]);
    const { pod, client } = server;
    const count = dnsServersOf(evidence).length;
    const overTcp = answeredOverTcp(server);
    return {
      title: `DNS server ${nameOfServer(server)} does not answer${overTcp.length === 0 ? '' : ' by UDP and does by TCP'}, others do`,
      object: pod !== null ? { kind: 'Pod', ...pod } : client === null ? null : { kind: 'Pod', ...client },
      where: { from: pod === null ? sources : 'all nodes', to: server.node ?? server.address },
      timer: { name: 'resolver timeout', ms: waitMs },
      lines: [
        line(
          `Why ${duration(waitMs)}`,
          pod === null
            ? `it stands in the client's resolv.conf, and the next server is asked only after the resolver's timeout`
            : `about 1 of ${count} queries meets it, and the resolver asks again only after its timeout`,
        ),
        ...butLines(overTcp),
      ],
      fix:
        overTcp.length > 0
          ? {
              says: `The server runs: find what drops UDP to ${server.address}:53 (nft list ruleset on ${server.node ?? 'its node'}, a policy or security group that admits TCP alone). Deleting the pod helps only where the rule names its address.`,
              manifest: null,
            }
          : pod === null
            ? {
                says: `Take ${server.address} out of spec.dnsConfig.nameservers of the client, or bring that server back.`,
                manifest: null,
              }
            : { says: `kubectl -n ${pod.namespace} delete pod ${pod.name}`, manifest: null },
    };
  },
});

/** The same server over the other transport: its process runs, and what is in the way is in the way of UDP. */
function answeredOverTcp({ all }: DnsServer): PathEvidence[] {
  return all.filter((each) => each.path.probe.kind === 'dns' && each.path.probe.transport === 'tcp' && isWorking(each));
}
