import { count, duration, list } from '../../model/format.ts';
import type { Pod } from '../../model/cluster.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Birth, Evidence } from '../evidence/evidence.ts';
import { engineOf, isEnforced } from '../policy/engines.ts';
import { line, nameOfDestination } from '../words/words.ts';

/** The client whose pods live no longer than what they are made for, and what a new one of them met. */
interface LateClient {
  readonly pod: Pod;
  readonly job: string;
  readonly births: readonly Birth[];
}

/** Beyond what is known of an engine by more than this it is slow. Milliseconds. */
const SLACK_MS = 500;

export default defineDiagnosis<LateClient>({
  id: 'late-policy',
  class: 'policy',
  layer: 'policy',
  title: 'A new pod is treated wrongly for its first seconds',
  why: 'The agent that enforces policies on a node learns of a new pod through watches and batches. Until then its packets are dropped although policy admits them: connects run through the SYN schedule, DNS questions through the timeout of the resolver. A pod that lives long meets this once; one that is made for a task meets it every time.',
  test: 'A twin of the client is a new pod: its first attempts fail on all paths, its own node included, and the same paths work from some moment on.',
  remedy:
    'Let the pod wait for its network (an initContainer that connects, retries with a pause); then find out why the enforcer is slow on that node: its log, its CPU limit, the number of policies.',
  limits:
    'Called a fault only of clients that are made anew for each task (pods of a Job), and beyond what is known of the engine; of others it is a note, because their pods have long outlived it. A route that comes late looks alike where the pod reaches nobody on its own node.',
  experiments: ['endpoints', 'service-address', 'identities', 'dns-servers'],
  suspects: lateClients,
  // What was set aside is on no path: it claims none, and explains no symptom of a pod that is older.
  arm: ({ births }) => ({ paths: [], fails: births.length > 0 }),
  contrasts: ({ births }, evidence) => {
    const later = births.flatMap(({ agent }) => evidence.paths.filter(({ from }) => from.id === agent.id));
    const answered = later.flatMap((path) => path.answered);
    return [
      {
        label: 'Later',
        holds: answered.length > 0,
        says: `the same pod on the same paths: ${answered.length} of ${later.reduce((sum, { attempts }) => sum + attempts.length, 0)} attempts answered`,
        attempts: answered.slice(0, 10),
        settles: '',
      },
      ...ownNode(births, evidence),
      {
        label: 'Enforcer',
        holds: null,
        says: '',
        attempts: [],
        settles:
          "Compare the pod's start with the moment at which the enforcer's log on that node says that it programmed it.",
      },
    ];
  },
  blame: ({ pod, job, births }, { cluster: { networking } }) => {
    const ms = Math.max(...births.map((birth) => birth.ms));
    const attempts = births.flatMap((birth) => birth.attempts);
    const nodes = list([...new Set(births.map(({ agent }) => agent.node ?? '?'))]);
    return {
      title: `New pods of Job ${pod.namespace}/${job} get nothing through for their first ${duration(ms)}: ${networking.enforcer} learns of them late`,
      object: { kind: 'Job', namespace: pod.namespace, name: job },
      where: { from: nodes, to: 'everywhere' },
      timer: { name: `${networking.enforcer} learns a new pod`, ms: Math.round(ms) },
      lines: [
        line(
          'At birth',
          `a new pod with the labels of ${pod.name} on ${nodes}: ${count(attempts.length, 'attempt')} on ${count(new Set(attempts.map(({ sample }) => sample.path)).size, 'path')} did not get through at once`,
          attempts.slice(0, 10),
        ),
      ],
      fix: {
        says: `Let the pods of ${job} wait until they get through (an initContainer that connects until it succeeds, or retries with a pause in the client), and look at ${networking.enforcer} on ${nodes}: its log, its CPU limit, how many policies it keeps.`,
        manifest: null,
      },
    };
  },
});

function lateClients(evidence: Evidence): LateClient[] {
  const { cluster } = evidence;
  if (isEnforced(cluster.networking) !== 'yes') return [];
  const { egressBlockedMs = 0, unknownElsewhereMs = 0 } = engineOf(cluster.networking).newborn ?? {};
  const usualMs = Math.max(egressBlockedMs, unknownElsewhereMs) + SLACK_MS;
  const late = evidence.births.filter(
    ({ agent, isHindered, ms }) => agent.underTest && agent.kind === 'twin' && isHindered && ms > usualMs,
  );
  const byJob = Map.groupBy(
    late,
    ({ agent }) => `${agent.of?.namespace}/${shortLived(evidence, agent.of)?.owner?.name}`,
  );
  return [...byJob.values()].flatMap((births) => {
    const pod = shortLived(evidence, births[0]?.agent.of ?? null);
    return pod === null ? [] : [{ pod, job: pod.owner?.name ?? pod.name, births }];
  });
}

/** The pod, where it is made for one task and no longer. */
function shortLived({ cluster }: Evidence, of: Birth['agent']['of']): Pod | null {
  const pod = cluster.pods.find(({ namespace, name }) => namespace === of?.namespace && name === of.name);
  return pod?.owner?.kind === 'Job' ? pod : null;
}

/** Where the pod asks somebody on its own node: no route has to come from elsewhere for that. */
function ownNode(births: readonly Birth[], evidence: Evidence): Contrast[] {
  const agents = new Set(births.map(({ agent }) => agent.id));
  const own = evidence.paths.filter(
    ({ path, from, state }) => agents.has(from.id) && path.locality === 'same-node' && state !== 'unmeasured',
  );
  if (own.length === 0) return [];
  const ids = new Set(own.map(({ path }) => path.id));
  const hindered = births.flatMap(({ attempts }) => attempts.filter(({ sample }) => ids.has(sample.path)));
  return [
    {
      label: 'Own node',
      holds: hindered.length > 0,
      says: `to ${list([...new Set(own.map(nameOfDestination))], 3)} on its own node as well, where no route has to be learnt`,
      attempts: hindered.slice(0, 10),
      settles: '',
    },
  ];
}
