/** A file of who reaches whom, made from what NetworkPolicy says today: every target and client in it resolves. Pure. */
import { stringify } from 'yaml';
import { derived } from '../judge/derived.ts';
import { isEnforced } from '../judge/policy/engines.ts';
import { evaluateFlow, type FlowVerdict } from '../judge/policy/evaluate.ts';
import { groupsBehind, targetOf } from '../lint/flows.ts';
import { type Group, type Material, materialOf, partyOfGroup } from '../lint/material.ts';
import type { Cluster, Service, ServicePort } from '../model/cluster.ts';
import { count, list } from '../model/format.ts';
import { SYSTEM } from './init.ts';

export interface ReachDraft {
  readonly text: string;
  /** Targets in it. */
  readonly targets: number;
}

/** More are a file that nobody reads; each is some seconds of a few pods. */
const MOST_PAIRS = 200;

/** One client and one port of one Service. */
interface Pair {
  readonly service: Service;
  readonly port: ServicePort;
  readonly from: string;
  /** What policies say of each kind of pod at either end. */
  readonly verdicts: readonly FlowVerdict[];
}

type Said = Pair & { readonly verdict: FlowVerdict };

export function draftReachFile(cluster: Cluster, clusterName: string): ReachDraft {
  const material = materialOf({
    cluster,
    isWhole: true,
    templates: [],
    opaque: new Set(),
    isSubject: () => true,
  });
  const pairs = pairsIn(material);
  const told = pairs.flatMap((pair) => agreed(pair) ?? []).toSorted((a, b) => rank(a) - rank(b));
  const shown = told.slice(0, MOST_PAIRS);
  const unclear = pairs.filter((pair) => agreed(pair) === null);
  const lines = [
    `# Made by kprobe check --init from ${comment(clusterName)}: what NetworkPolicy says today of ${count(shown.length, 'pair')} of workload and Service.`,
    '# Read it as a reviewer: what is written here is what is, not what should be. Then: kprobe check -f reach.yaml',
    ...(isEnforced(cluster.networking) === 'no'
      ? ['# Nothing enforces NetworkPolicy in this cluster: whatever is expected to be unreachable will be reached.']
      : []),
    '',
    shown.length > 0
      ? 'targets:'
      : 'targets: []   # no policy speaks of any two workloads: everything reaches everything',
    ...sections(shown),
    ...(told.length > shown.length ? [`# ${count(told.length - shown.length, 'pair')} more are left out.`] : []),
    ...unclear.slice(0, MOST_PAIRS).map(unclearLine),
    '',
    ...ADVICE,
  ];
  return { text: `${lines.join('\n')}\n`, targets: shown.length };
}

const ADVICE = [
  '# A target is svc/NAME, svc/NAME:PORT, pod/NAME, IP:PORT or a host; from is the workload whose labels and policies it is asked with.',
  '# What no policy speaks of is not written here: it is reachable, by whomever.',
  '',
  'budget:',
  '  probesPerSecondPerNode: 20               # attempts that begin on one node in a second, all targets together',
  '  pods: 60                                 # probe pods at one time',
  '  timeout: 5m',
];

/** Pairs of which a policy speaks, at either end. */
function pairsIn(material: Material): Pair[] {
  const clients = clientsIn(material);
  return material.cluster.services.filter(isAsked).flatMap((service) => {
    const behind = groupsBehind(material, service).filter(({ pods, hostNetwork }) => pods > 0 && !hostNetwork);
    return service.ports
      .filter(({ protocol }) => protocol === 'TCP')
      .flatMap((port) =>
        [...clients].flatMap(([from, groups]): Pair[] => {
          const isOwn = behind.some((group) => groups.includes(group));
          const verdicts = isOwn ? [] : verdictsBetween(material, { groups, behind, port });
          const isSpokenOf = verdicts.some(({ egress, ingress }) => egress.answers.length + ingress.answers.length > 0);
          return isSpokenOf ? [{ service, port, from, verdicts }] : [];
        }),
      );
  });
}

/** By `NAMESPACE/WORKLOAD`: pods that last and have policies, which those on the host network have not. */
function clientsIn({ groups }: Material): ReadonlyMap<string, readonly Group[]> {
  const lasting = groups.filter(({ passing, hostNetwork, pods }) => pods > 0 && !passing && !hostNetwork);
  return Map.groupBy(lasting, ({ namespace, workload }) => `${namespace}/${workload.split(' ').at(-1)}`);
}

/** Names are looked up before anything is asked: that DNS is let through shows in every other line. */
function isAsked({ namespace, name, type }: Service): boolean {
  return type !== 'ExternalName' && !SYSTEM.test(namespace) && !(namespace === 'default' && name === 'kubernetes');
}

interface Ends {
  readonly groups: readonly Group[];
  readonly behind: readonly Group[];
  readonly port: ServicePort;
}

function verdictsBetween(material: Material, { groups, behind, port }: Ends): FlowVerdict[] {
  return groups.flatMap((client) =>
    behind.flatMap((group) => {
      const cluster = clusterOf(material, client.namespace, group.namespace);
      const number = targetOf(port, group);
      if (cluster.networkPolicies.length === 0 || number === null) return [];
      const [from, to] = [partyOfGroup(client), partyOfGroup(group)];
      return [evaluateFlow({ cluster, from, to, port: number, protocol: 'TCP', throughService: true })];
    }),
  );
}

/** With the policies of both ends only: thousands of others say nothing of them. */
function clusterOf(material: Material, from: string, to: string): Cluster {
  const known = narrowed(material);
  const key = `${from}/${to}`;
  const policies = [from, ...(from === to ? [] : [to])].flatMap((each) => material.policiesOf(each));
  const found = known.get(key) ?? { ...material.cluster, networkPolicies: policies };
  known.set(key, found);
  return found;
}
const narrowed = derived((_material: Material) => new Map<string, Cluster>());

/** null: policies do not tell, or differ from pod to pod. */
function agreed(pair: Pair): Said | null {
  const [first] = pair.verdicts;
  const isOne = pair.verdicts.every(({ verdict }) => verdict === first?.verdict);
  return first === undefined || !isOne || first.verdict === 'unknown' ? null : { ...pair, verdict: first };
}

/** What a rule admits is somebody's wish; then who is kept out beside it, then strangers. */
function rank({ verdict: { verdict }, from, service }: Said): number {
  if (verdict === 'allow') return 0;
  return from.startsWith(`${service.namespace}/`) ? 1 : 2;
}

function sections(pairs: readonly Said[]): string[] {
  const byService = Map.groupBy(pairs, ({ service, port }) => `${service.namespace}/${service.name} ${port.port}`);
  return [...byService]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .flatMap(([, own]) => {
      const [first] = own;
      if (first === undefined) return [];
      const { service, port } = first;
      const heading = `# Service ${comment(service.namespace)}/${comment(service.name)}, port ${port.port}`;
      return [heading, ...own.map(entry)];
    });
}

function entry(pair: Said): string {
  const { service, from, verdict } = pair;
  const expect = verdict.verdict === 'allow' ? 'reachable' : 'unreachable';
  const fields = [
    `target: ${scalar(targetName(pair))}`,
    `namespace: ${scalar(service.namespace)}`,
    `from: ${scalar(from)}`,
    `expect: ${expect}`,
  ];
  return `- { ${fields.join(', ')} }   # ${comment(reason(verdict))}`;
}

function targetName({ service: { name, ports }, port }: Pair): string {
  return ports.length > 1 ? `svc/${name}:${port.port}` : `svc/${name}`;
}

function reason({ verdict, direction, policies }: FlowVerdict): string {
  const names = list(policies.map(({ namespace, name }) => `${namespace}/${name}`));
  return verdict === 'deny' ? `${direction}: ${names}` : names;
}

function unclearLine(pair: Pair): string {
  const unknown = pair.verdicts.find(({ verdict }) => verdict === 'unknown');
  const because = unknown?.because ?? 'its pods differ in what policies say of them';
  return `# Not told by policies: ${comment(`${pair.from} to ${pair.service.namespace}/${targetName(pair)}: ${because}`)}`;
}

/** In a flow of YAML as it has to be: a name may hold anything. */
function scalar(text: string): string {
  return /^[\w./:-]+$/u.test(text) ? stringify(text, { lineWidth: 0 }).trim() : JSON.stringify(text);
}

function comment(text: string): string {
  return text.replace(/[^\x20-\x7e]+/gu, ' ').slice(0, 200);
}
