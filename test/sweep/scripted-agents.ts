/** A cluster in memory whose probe pods run at once and say what a script says: a whole sweep without a network. */
import { gunzipSync } from 'node:zlib';
import { parseAssignment } from '../../probes/parse.ts';
import type { Assignment, Sample, Schedule } from '../../probes/wire.ts';
import { hello, sample } from '../judge/make.ts';
import { FakeCluster, metadataOf } from '../place/fake-cluster.ts';

/** What becomes of one attempt; null: it is never told of. */
export type Script = (schedule: Schedule, assignment: Assignment) => Partial<Sample> | null;

const RUNNING = {
  phase: 'Running',
  podIPs: [{ ip: '10.244.1.99' }],
  containerStatuses: [{ state: { running: { startedAt: 'now' } } }],
};

export class ScriptedCluster extends FakeCluster {
  /** Every assignment that was carried out, in order. */
  readonly carriedOut: Assignment[] = [];
  readonly #script: Script;

  constructor(script: Script, namespaces: readonly string[] = ['kprobe', 'kprobe-host', 'shop']) {
    super();
    this.#script = script;
    for (const name of namespaces) this.put('namespaces', { metadata: { name } });
  }

  override put(plural: string, object: object): void {
    super.put(plural, object);
    const { name, namespace, annotations } = metadataOf(object as never);
    const isNew = plural === 'pods' && !('status' in object) && annotations?.['kprobe.dev/peers'] === undefined;
    if (isNew && namespace !== undefined) setImmediate(() => this.#carryOut({ namespace, name }));
  }

  #carryOut(pod: { namespace: string; name: string }): void {
    // A run that is stopped removes its pods before they have begun.
    if (this.object('pods', pod) === undefined) return;
    const run = pod.name.split('-')[1] ?? '';
    const map = this.object('configmaps', { namespace: pod.namespace, name: `kprobe-${run}` });
    const { data = {}, binaryData = {} } = { ...map } as Record<string, Record<string, string>>;
    const packed = binaryData[`${pod.name}.json`];
    const text = packed === undefined ? data[`${pod.name}.json`] : gunzipSync(Buffer.from(packed, 'base64')).toString();
    const parsed = parseAssignment(text ?? '');
    if (!parsed.ok) throw new Error(parsed.problem);
    this.carriedOut.push(parsed.value);
    this.setStatus(pod, RUNNING);
    const { agent, schedules } = parsed.value;
    const told = schedules.flatMap((each) => this.#attempts(each, parsed.value));
    this.say(pod, ...[{ ...hello(agent), run }, ...told].map((message) => JSON.stringify(message)));
  }

  #attempts(schedule: Schedule, assignment: Assignment): Sample[] {
    const outcome = this.#script(schedule, assignment);
    if (outcome === null) return [];
    return Array.from({ length: schedule.count }, (_, attempt) => ({
      ...sample(),
      ...well(schedule),
      ...outcome,
      path: schedule.path,
      attempt,
      at: 1_760_000_000_000 + attempt * 1000,
    }));
  }
}

function well({ probe }: Schedule): Partial<Sample> {
  switch (probe.kind) {
    case 'http':
      return { http: { status: 200, bytes: 10, server: 'nginx', hash: null } };
    case 'dns':
      return { dns: { rcode: 'NOERROR', answers: [addressOf(probe.name)], truncated: false, questions: [] } };
    case 'tcp':
    case 'udp':
    case 'resolver':
      return {};
    default:
      return probe satisfies never;
  }
}

/** The ClusterIP of `web-7` is 10.96.7.7; the API server's is that of most clusters. */
function addressOf(name: string): string {
  const [, number] = /^web-(\d+)\./u.exec(name) ?? [];
  return number === undefined ? '10.96.0.1' : `10.96.7.${number}`;
}
