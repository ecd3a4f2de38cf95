/**
 * kube-network-policies, alone and inside kindnet: nftables only hand the first packet of a connection to a program, which decides in user space;
 * what it says the rules do not show. Tables `kube-network-policies` and `kindnet-network-policies` (pkg/dataplane/controller.go); kindnet's
 * masquerading is a chain KIND-MASQ-AGENT or a table of its own.
 */
import type { TraceStep } from '../../model/packet-trace.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import { partyAt } from '../policy/party.ts';
import { destinationOf } from './way.ts';
import type { Ownership, Way, Writer } from './way.ts';

type Told = Omit<Ownership, 'program'>;

export const kubeNetworkPolicies: Writer = {
  program: 'kube-network-policies',
  wrote: ({ table }) => table.startsWith('kube-network-policies'),
  read,
};

export const kindnet: Writer = {
  program: 'kindnet',
  wrote: ({ table, chain }: TraceStep) => table.startsWith('kindnet') || chain.startsWith('KIND-MASQ'),
  read,
};

function read(way: Way): Told {
  return way.last.verdict === 'queue' ? queued(way) : passes();
}

const HANDED = 'the packet is handed to a program that decides by policy, in user space';

function queued(way: Way): Told {
  const { cluster, flow } = way;
  const destination = destinationOf(way);
  if (flow === null || destination === null) return { reason: 'queue', isStale: false, means: HANDED };
  const { verdict, policies, because } = evaluateFlow({
    cluster,
    from: partyAt(cluster, flow.source),
    to: partyAt(cluster, destination.address),
    port: destination.port,
    protocol: flow.protocol === 'tcp' ? 'TCP' : 'UDP',
    throughService: destination.address !== flow.destination,
  });
  const [first] = policies;
  if (verdict === 'deny' && first !== undefined) {
    const object = { kind: 'NetworkPolicy', namespace: first.namespace, name: first.name };
    return { object, reason: 'policy', isStale: false, means: `${HANDED}, and by the API it is denied: ${because}` };
  }
  const end =
    verdict === 'allow'
      ? `; by the API it is admitted: ${because}`
      : `; what the policies say is not known: ${because}`;
  return { reason: 'queue', isStale: false, means: `${HANDED}${end}` };
}

function passes(): Told {
  return { reason: 'passes', isStale: false, means: 'it lets the packet on, or rewrites its source' };
}
