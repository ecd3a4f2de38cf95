/**
 * kube-router's firewall: a chain a pod (KUBE-POD-FW-…) that rejects what none of its policies' chains (KUBE-NWPLCY-…) has marked. The names
 * are hashes over namespace, name and the moment of the sync (kube-router: pkg/controllers/netpol), so nobody can tell the object from them: the
 * address and the comment of the rule that jumps there do.
 */
import type { ObjectName } from '../../model/cluster.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import type { Direction } from '../policy/policy-answer.ts';
import { denied, podAt } from './denial.ts';
import { addressIn, commentOf } from './rule-text.ts';
import { destinationOf, entryOf, stops, withinChain } from './way.ts';
import type { Ownership, Way, Writer } from './way.ts';

type Told = Omit<Ownership, 'program'>;

const CHAIN = /^KUBE-(?:POD-FW|NWPLCY|ROUTER)-/;
const TABLES = new Set(['kube-router-filter-ipv4', 'kube-router-filter-ipv6']);

export const kubeRouter: Writer = {
  program: 'kube-router',
  wrote: ({ table, chain }) => TABLES.has(table) || CHAIN.test(chain),
  read: (way) => {
    if (!stops(way.last)) return passes();
    if (way.last.chain === 'KUBE-NWPLCY-COMMON') return invalidState();
    return podFirewall(way);
  },
};

function podFirewall(way: Way): Told {
  const entry = entryOf(way);
  const pod = isolatedPod(way, entry);
  const direction = directionOf(way, entry);
  const named = withinChain(way).flatMap((step) => policyIn(step, pod) ?? []);
  return denied(way, { direction, pod, named });
}

/** The jump into the pod's chain asks for the pod's address, as destination on the way in and as source on the way out. */
function directionOf(way: Way, entry: TraceStep | null): Direction | null {
  const rule = entry?.rule ?? '';
  if (addressIn(rule, 'daddr') !== null) return 'ingress';
  if (addressIn(rule, 'saddr') !== null) return 'egress';
  const word = /(?:^| )(in|out)$/.exec(commentOf(rule) ?? '')?.[1];
  if (word !== undefined) return word === 'in' ? 'ingress' : 'egress';
  const source = way.flow === null ? null : podAt(way.cluster, way.flow.source);
  return source === null && way.flow !== null ? 'ingress' : null;
}

function isolatedPod(way: Way, entry: TraceStep | null): ObjectName | null {
  return podInComment(way.last) ?? (entry === null ? null : (podInComment(entry) ?? podOfJump(way, entry)));
}

/** `shop/web-1 in`, `shop/web-1 reject`; with nftables `jump traffic to POD name:web-1 ns: shop to chain …`. */
function podInComment({ rule = '' }: TraceStep): ObjectName | null {
  const comment = commentOf(rule) ?? '';
  const long = /POD name:\s*(\S+) ns:\s*(\S+)/.exec(comment);
  const short = /^(\S+)\/(\S+) (?:in|out|reject|log-drop)$/.exec(comment);
  const namespace = long?.[2] ?? short?.[1];
  const name = long?.[1] ?? short?.[2];
  return namespace === undefined || name === undefined ? null : { namespace, name };
}

function podOfJump(way: Way, { rule = '' }: TraceStep): ObjectName | null {
  const address = addressIn(rule, 'daddr') ?? addressIn(rule, 'saddr') ?? destinationOf(way)?.address ?? null;
  const pod = address === null ? null : podAt(way.cluster, address);
  return pod === null ? null : { namespace: pod.namespace, name: pod.name };
}

/** `shop/allow-ingress policy`; with nftables `run through nw policy allow-ingress`, of the pod's namespace. */
function policyIn({ target = '', rule = '' }: TraceStep, pod: ObjectName | null): ObjectName | null {
  if (!target.startsWith('KUBE-NWPLCY-')) return null;
  const comment = commentOf(rule) ?? '';
  const [, namespace, name] = /^(\S+)\/(\S+) policy$/.exec(comment) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  const short = /^run through nw policy (\S+)$/.exec(comment)?.[1];
  return short === undefined || pod === null ? null : { namespace: pod.namespace, name: short };
}

function invalidState(): Told {
  const means = 'connection tracking cannot place the packet (state INVALID), and kube-router lets none such to a pod';
  return { reason: 'invalid-state', isStale: false, means };
}

function passes(): Told {
  return { reason: 'passes', isStale: false, means: 'it asks policies and lets the packet on' };
}
