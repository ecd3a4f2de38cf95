/**
 * Calico's Felix, in iptables mode (chains cali-… in the common tables) and in nftables mode (table `calico`, the old table's name before each
 * chain: filter-cali-…). Chains: tw/fw to and from a workload, th/fh a host endpoint, pi/po a policy, pri/pro a profile, gi/go a group of
 * policies (felix/rules/rulesdefs). Names that are too long for iptables are hashes; the packet's ends tell the policies then.
 */
import type { ObjectName } from '../../model/cluster.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import type { Direction } from '../policy/policy-answer.ts';
import { denied, podAt } from './denial.ts';
import { commentOf } from './rule-text.ts';
import { destinationOf, stops, withinChain } from './way.ts';
import type { Ownership, Way, Writer } from './way.ts';

type Told = Omit<Ownership, 'program'>;

export const calico: Writer = {
  program: 'calico',
  wrote: ({ table, chain, rule = '' }) =>
    table === 'calico' ||
    table === 'calico-arp' ||
    chain.startsWith('cali-') ||
    (commentOf(rule)?.startsWith('cali:') ?? false),
  read: (way) => {
    if (!stops(way.last)) return passes();
    const chain = plain(way.last.chain);
    const { rule = '' } = way.last;
    if (/\binvalid\b/i.test(rule)) return invalidState();
    if (/^cali-p[io]-/.test(chain)) return deniedByRule(way, chain);
    if (/^cali-(?:to|from)-wl-dispatch/.test(chain)) return unknownInterface();
    if (/^cali-[tf][wh]/.test(chain)) return endpoint(way, chain);
    if (/\bfib saddr\b|\brpfilter\b/.test(rule)) return reversePath();
    return told('firewall', 'it drops what no workload and no host may send this way');
  },
};

/** Without the old table's name that nftables mode puts before it. */
function plain(chain: string): string {
  return chain.replace(/^(?:filter|raw|mangle|nat)-(?=cali-)/, '');
}

/** The end of an endpoint's chain: no policy let the packet on, or there is none and no profile did. */
function endpoint(way: Way, chain: string): Told {
  const { rule = '' } = way.last;
  const comment = commentOf(rule) ?? '';
  if (/admin disabled/.test(comment)) return told('unknown-workload', 'Calico holds this endpoint for down');
  if (/encapped/.test(comment) || /\bdport 4789\b|\bipencap\b|\bl4proto 4\b/.test(rule)) return encapsulation();
  const policies = withinChain(way).filter(({ target = '' }) => /^cali-[pg][io]-/.test(plain(target)));
  if (policies.length === 0) {
    return told('unknown-workload', 'neither a policy nor a profile of Calico holds for this endpoint yet');
  }
  const named = policies.flatMap(({ target = '' }) => policyOf(plain(target)) ?? []);
  const [first] = named;
  const isToPod = chain.startsWith('cali-tw');
  if (first !== undefined && named.every(({ kind }) => kind !== 'NetworkPolicy')) {
    return { object: first, ...told('policy', `none of ${named.map(inWords).join(', ')} admits it`) };
  }
  if (/^cali-[tf]h/.test(chain)) return told('policy', 'a policy of Calico isolates the node, and none admits it');
  return denied(way, {
    direction: isToPod ? 'ingress' : 'egress',
    pod: podOf(way, isToPod ? 'ingress' : 'egress'),
    named: named.flatMap(({ kind, namespace, name }) =>
      kind === 'NetworkPolicy' && namespace !== undefined ? [{ namespace, name }] : [],
    ),
  });
}

/** Calico's own policies may deny by a rule, which Kubernetes' cannot. */
function deniedByRule({ last }: Way, chain: string): Told {
  const policy = policyOf(chain) ?? policyInComment(last);
  const means = policy === null ? 'a rule of a policy of Calico denies it' : `a rule of ${inWords(policy)} denies it`;
  return { ...(policy === null ? {} : { object: policy }), ...told('policy', means) };
}

function podOf(way: Way, direction: Direction): ObjectName | null {
  const address = direction === 'ingress' ? destinationOf(way)?.address : way.flow?.source;
  const pod = address === undefined ? null : podAt(way.cluster, address);
  return pod === null ? null : { namespace: pod.namespace, name: pod.name };
}

type Policy = NonNullable<Ownership['object']>;

/** What stands before a policy's name in the chains of Calico 3.31 and later. */
const KINDS: Readonly<Record<string, string>> = {
  knp: 'NetworkPolicy',
  np: 'NetworkPolicy (Calico)',
  gnp: 'GlobalNetworkPolicy',
};

/** `cali-pi-knp/shop/allow-web`, `cali-pi-gnp/deny-all`; before 3.31 `cali-pi-shop/knp.default.allow-web`. null: a hash, or no policy. */
function policyOf(chain: string): Policy | null {
  const name = /^cali-p[io]-(?!_)(.+)$/.exec(chain)?.[1];
  if (name === undefined) return null;
  const [first = '', second, third] = name.split('/');
  const kind = Object.hasOwn(KINDS, first) ? KINDS[first] : undefined;
  if (kind !== undefined && third !== undefined && second !== undefined) {
    return { kind, namespace: second, name: third };
  }
  if (kind !== undefined && second !== undefined) return { kind, name: second };
  if (second === undefined) return { kind: 'GlobalNetworkPolicy', name: first };
  const ofKubernetes = /^knp\.default\.(.+)$/.exec(second)?.[1];
  return ofKubernetes === undefined
    ? { kind: 'NetworkPolicy (Calico)', namespace: first, name: second }
    : { kind: 'NetworkPolicy', namespace: first, name: ofKubernetes };
}

/** `cali:…; KubernetesNetworkPolicy shop/allow-web ingress`, where the chain's name is a hash. */
function policyInComment({ rule = '' }: TraceStep): Policy | null {
  const [, word, whole] = /(\w*Policy) (\S+) (?:in|e)gress\b/.exec(commentOf(rule) ?? '') ?? [];
  if (word === undefined || whole === undefined) return null;
  const [namespace, name] = whole.split('/');
  if (name === undefined) return { kind: word, name: whole };
  const kind = word === 'KubernetesNetworkPolicy' ? 'NetworkPolicy' : `${word} (Calico)`;
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}

function inWords({ kind, namespace, name }: Policy): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function invalidState(): Told {
  return told('invalid-state', 'connection tracking cannot place the packet (state INVALID), and Calico drops such');
}

function unknownInterface(): Told {
  return told('unknown-workload', 'Calico has no rules for this interface: its workload is new, gone, or not its own');
}

function encapsulation(): Told {
  return told('encapsulation', 'a pod may not send packets that are VXLAN or IP in IP themselves');
}

function reversePath(): Told {
  return told('reverse-path', 'the answer to this source would not leave by the interface that the packet came in by');
}

function passes(): Told {
  return told('passes', 'it asks policies and lets the packet on');
}

function told(reason: Ownership['reason'], means: string): Told {
  return { reason, isStale: false, means };
}
