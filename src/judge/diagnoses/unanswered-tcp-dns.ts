import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { frontPaths, isPlainQuery } from '../views/dns.ts';
import { behaviour, line } from '../words/words.ts';

/** One server at which no vantage is answered by TCP, or the DNS Service in front. */
interface Suspect {
  readonly address: string;
  readonly tcp: readonly PathEvidence[];
  readonly udp: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'unanswered-tcp-dns',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'DNS answers by UDP, and never by TCP',
  why: 'An answer that is too long for a datagram comes with a mark (TC) and nothing else, and the resolver asks again by TCP: large headless Services, long SRV and TXT records, DNSSEC. Where TCP 53 is dropped, glibc waits until the connect gives up (over two minutes), Go 10 s; where it is refused, the name does not resolve at all. All short answers work, so that it looks like a fault of one name.',
  test: 'The same question goes by UDP and by TCP from the same vantages to the same servers: UDP is answered, TCP never, and no NetworkPolicy denies it.',
  remedy:
    'Give the DNS Service its TCP port 53 and the pods a listener for it; look for a firewall on the nodes or a security group that opens UDP 53 only.',
  limits:
    'It hurts only where answers are long. What a NetworkPolicy denies is policy-denies-tcp-dns. A server that refuses TCP on purpose looks the same.',
  experiments: ['dns-transports', 'dns-servers', 'client-resolution'],
  suspects: (evidence) => {
    const tcp = evidence.paths.filter(
      (path) => isTcpQuestion(path) && expectationOf(evidence, path).verdict !== 'deny',
    );
    const deaf = [...Map.groupBy(tcp, addressOf)].flatMap(([address, paths]): Suspect[] => {
      const udp = evidence.paths.filter((path) => isPlainQuery(path) && addressOf(path) === address);
      return paths.every(isBroken) ? [{ address, tcp: paths, udp: udp.filter((path) => isBeside(path, paths)) }] : [];
    });
    return deaf.length === 0
      ? []
      : [deaf.filter((each) => each.udp.some(isWorking) && isCompared(each, deaf, evidence))];
  },
  arm: (deaf) => ({ paths: deaf.flatMap(({ tcp }) => tcp), fails: deaf.length > 0 }),
  contrasts: (deaf) => {
    const answered = deaf.flatMap(({ udp }) => udp).flatMap((path) => path.answered);
    return [
      {
        label: 'By UDP',
        holds: answered.length === 0 ? null : true,
        says: `the same servers answer the same vantages ${answered.length} times`,
        attempts: answered.slice(0, 10),
        settles: 'Ask the same servers by UDP.',
      },
    ];
  },
  suffer: (_deaf, evidence) => frontPaths(evidence),
  blame: (deaf, evidence) => {
    const { dnsService } = evidence.cluster;
    const [only] = deaf;
    const pod = deaf.length === 1 && only !== undefined ? podOf(only) : null;
    const isFrontOnly = deaf.every(isFront);
    const isPortMissing = isFrontOnly && !hasTcpPort(evidence);
    const truncated = evidence.paths.filter(({ answered }) =>
      answered.some(({ sample }) => sample.dns?.truncated === true),
    );
    return {
      title: `${pod === null ? (isFrontOnly ? 'The DNS Service answers' : 'DNS answers') : `DNS server ${pod.name} answers`} by UDP and never by TCP${isPortMissing ? ': the Service has no TCP port 53' : ''}`,
      object: pod !== null ? { kind: 'Pod', ...pod } : dnsService === null ? null : { kind: 'Service', ...dnsService },
      where: { from: sourcesOf(deaf), to: pod?.name ?? 'DNS' },
      lines:
        truncated.length === 0
          ? []
          : [
              line(
                'Cut answers',
                `${list([...new Set(truncated.map(nameOf))])}: the answer by UDP says to ask by TCP (${truncated.slice(0, 1).map(behaviour).join('')})`,
                truncated.flatMap(({ answered }) => answered).slice(0, 10),
              ),
            ],
      fix: {
        says: isPortMissing
          ? `Add {name: dns-tcp, port: 53, protocol: TCP} to Service ${dnsService?.namespace}/${dnsService?.name}.`
          : 'Open TCP 53 beside UDP 53: firewalls of the nodes, security groups of the cloud, and the listener of the DNS pods.',
        manifest: null,
      },
    };
  },
});

/**
 * The DNS Service leads each query to a server of its own choice. Where queries by UDP are lost there as well, connects may have met the same
 * servers by chance: then only servers that were asked directly tell the two apart, or a Service without the port.
 */
function isCompared(suspect: Suspect, deaf: readonly Suspect[], evidence: Evidence): boolean {
  const isReliable = suspect.udp.every(({ unanswered }) => unanswered.length === 0);
  return isReliable || !isFront(suspect) || !hasTcpPort(evidence) || deaf.some((other) => !isFront(other));
}

function isFront({ tcp }: Suspect): boolean {
  return tcp.every(({ path: { to } }) => to.kind === 'dns-server' && to.service !== null);
}

function isTcpQuestion({ path: { probe }, state }: PathEvidence): boolean {
  return probe.kind === 'dns' && probe.transport === 'tcp' && state !== 'unmeasured';
}

function isBeside({ from }: PathEvidence, paths: readonly PathEvidence[]): boolean {
  return paths.some((other) => other.from.id === from.id);
}

function addressOf({ path: { to } }: PathEvidence): string {
  return 'address' in to ? to.address : '';
}

function nameOf({ path: { probe } }: PathEvidence): string {
  return probe.kind === 'dns' ? probe.name : '';
}

function podOf({ tcp }: Suspect) {
  const to = tcp[0]?.path.to;
  return to?.kind === 'dns-server' ? to.pod : null;
}

function hasTcpPort({ cluster: { services, dnsService } }: Evidence): boolean {
  const service = services.find(
    ({ namespace, name }) => namespace === dnsService?.namespace && name === dnsService.name,
  );
  return service?.ports.some(({ port, protocol }) => port === 53 && protocol === 'TCP') === true;
}

function sourcesOf(deaf: readonly Suspect[]): string {
  const nodes = new Set(deaf.flatMap(({ tcp }) => tcp.map(({ from }) => from.node)));
  const [only] = nodes;
  return nodes.size === 1 && typeof only === 'string' ? only : 'all nodes';
}
