import { count, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { isEnforced } from '../policy/engines.ts';
import type { Stop } from '../traces/followed.ts';
import { isOutside, ruleContrast, stopsAt } from '../views/traced-rules.ts';
import { hopsFrom } from '../views/hops.ts';
import type { Hop } from '../views/hops.ts';
import { behaviour, line } from '../words/words.ts';

/** A node, and what is admitted to pods on it. */
interface Admitted {
  readonly node: string;
  readonly hops: readonly Hop[];
  /** The same sources at the endpoints of other nodes. */
  readonly elsewhere: readonly Hop[];
}

export default defineDiagnosis<Admitted>({
  id: 'stale-node-policy',
  class: 'policy',
  layer: 'policy',
  title: "One node's policy enforcer has fallen behind",
  why: 'Each node enforces policies by itself. Where its agent has lost its watch of the API or hangs, it goes on with what it knew: what a newer policy admits is dropped there, and connects run through the SYN schedule, while the same pods on other nodes are reached.',
  test: 'From one source that policy admits to the endpoints on each node, to a twin of them and to a control beside it: pod and twin fail on one node only, where the control answers.',
  remedy:
    "Look at the enforcer's pod on that node (its log, its restarts, its connection to the API server) and restart it.",
  limits:
    'Needs an endpoint on another node, and a policy that was read. Silent where the node lets a new pod do what it denies to an old one: then the endpoint looks dead. A policy that the node has missed and one that it never lets go of look the same.',
  experiments: ['endpoints', 'identities', 'service-address'],
  suspects: (evidence) => (isEnforced(evidence.cluster.networking) === 'no' ? [] : admittedByNode(evidence)),
  arm: ({ hops }) => ({ paths: hops.map(({ path }) => path), fails: hops.every(({ path }) => isBroken(path)) }),
  contrasts: ({ node, hops, elsewhere }, evidence) => {
    const twins = hops.flatMap(({ twin }) => twin ?? []);
    const controls = hops.flatMap((hop) => hop.controls);
    return [
      {
        label: 'Twin',
        // Where it gets through, nothing but the pod itself tells the two apart: then it is the pod.
        holds: twins.length === 0 ? null : twins.every(isBroken),
        says: `a pod of kprobe with the same labels on ${node}: ${twins.filter(isBroken).map(behaviour)[0] ?? ''}`,
        attempts: twins
          .filter(isBroken)
          .flatMap(({ unanswered }) => unanswered)
          .slice(0, 10),
        settles: `Answer beside the endpoint on ${node} with a twin of it: if it stays silent as well, it is the policy of that node.`,
      },
      contrast('Control', controls, {
        says: `a pod of kprobe that no policy selects, same sources, on ${node}: `,
        settles: `Answer on ${node} with a control: if it answers, it is the policy of that node.`,
      }),
      contrast(
        'Other nodes',
        elsewhere.map(({ path }) => path),
        {
          says: `the same sources reach ${count(elsewhere.length, 'endpoint path')} on other nodes, which the same policies admit: `,
          settles: 'Connect from the same source to an endpoint on another node.',
        },
      ),
      ...traced(
        stopsAt(
          evidence,
          hops.map(({ path }) => path),
          node,
        ),
      ),
    ];
  },
  suffer: ({ hops }) => hops.flatMap(({ twin }) => (twin !== null && isBroken(twin) ? [twin] : [])),
  blame: ({ node, hops }, { cluster: { networking } }) => {
    const policies = [
      ...new Map(
        hops.flatMap(({ expectation }) => expectation.policies.map((each) => [`${each.namespace}/${each.name}`, each])),
      ).keys(),
    ];
    return {
      title: `Node ${node} does not keep the policies as they are: ${list(policies)} admits what is dropped there, and on other nodes gets through`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: list([...new Set(hops.map(({ source }) => source.node ?? '?'))]), to: node },
      timer: hops.some(({ path }) => path.state === 'silent') ? { name: 'SYN retransmission', ms: 1000 } : null,
      lines: [line('Policy', hops[0]?.expectation.because ?? '')],
      fix: {
        says: `Look at the pod of ${networking.enforcer} on ${node} (kubectl get pods -A -o wide --field-selector spec.nodeName=${node}; its log, its restarts) and restart it there.`,
        manifest: null,
      },
    };
  },
});

/** What a trace of the packets says, where it knows whose rule it was: a firewall's is none of a policy. */
function traced(stops: readonly Stop[]): Contrast[] {
  if (stops.some(({ owner }) => owner.reason === 'policy')) return [ruleContrast(true, '')];
  const isFirewall = stops.length > 0 && stops.every((stop) => isOutside(stop) && stop.owner.program !== 'unknown');
  return isFirewall ? [ruleContrast(false, '')] : [];
}

/** Hops that policies admit by name, from elsewhere than the endpoint's own node: its own processes pass without being asked. */
function admittedByNode(evidence: Evidence): Admitted[] {
  const all = [...evidence.agents.values()]
    .filter(({ kind }) => kind !== 'local')
    .flatMap((agent) => hopsFrom(evidence, agent))
    .filter(({ expectation }) => expectation.verdict === 'allow' && expectation.policies.length > 0);
  const judged = all.filter(({ source, path }) => !(source.identity.hostNetwork && source.node === nodeOf(path)));
  return [...Map.groupBy(judged, ({ path }) => nodeOf(path))].flatMap(([node, hops]) => {
    if (node === null) return [];
    const sources = new Set(hops.map(({ source }) => source.id));
    const elsewhere = judged.filter(({ source, path }) => sources.has(source.id) && nodeOf(path) !== node);
    return [{ node, hops, elsewhere }];
  });
}

function nodeOf({ path: { to } }: PathEvidence): string | null {
  return to.kind === 'backend' ? to.node : null;
}

/** All of these must work. */
function contrast(
  label: string,
  paths: readonly PathEvidence[],
  { says, settles }: Pick<Contrast, 'says' | 'settles'>,
): Contrast {
  const [first] = paths;
  return {
    label,
    holds: first === undefined ? null : paths.every(isWorking),
    says: `${says}${first === undefined ? '' : behaviour(first)}`,
    attempts: paths.flatMap(({ answered }) => answered).slice(0, 10),
    settles,
  };
}
