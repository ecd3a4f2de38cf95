import { list } from '../../model/format.ts';
import type { Namesake } from '../../model/namesake-port.ts';
import { namesakeOf } from '../../model/namesake-port.ts';
import type { Service } from '../../model/cluster.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Attempt, PathEvidence } from '../evidence/evidence.ts';
import { serviceOf } from '../views/service.ts';
import { line } from '../words/words.ts';

interface Swap extends Namesake {
  readonly service: Service;
  /** All that users meet. */
  readonly users: readonly PathEvidence[];
  /** The same request at the port of that name. */
  readonly there: readonly PathEvidence[];
}

const MOST_ATTEMPTS = 10;

export default defineDiagnosis<Swap>({
  id: 'swapped-ports',
  class: 'service',
  layer: 'service',
  title: 'A Service sends to a port of another name, and the port that has the name of its own serves the request',
  why: 'The pods serve on several ports (pages, metrics, administration), and two targetPorts were swapped, or one was copied. Connects succeed and something answers: 404 for every page, while metrics look well.',
  test: "The same request goes to the port of the pods that has the name of the Service's port: it is served there, and denied or refused wherever users ask.",
  remedy: 'Let targetPort be the name of the port that is meant.',
  limits:
    'Needs names: of the port of the Service and of both ports of the pods. Answers that ask for a password, or for patience, are none that deny.',
  experiments: ['namesake-ports', 'endpoints', 'entries', 'service-address'],
  suspects: (evidence): Swap[] => {
    const service = serviceOf(evidence);
    const [namesake] = (evidence.target.service?.backends ?? []).flatMap(
      (backend) => namesakeOf(evidence.cluster, evidence.target, backend) ?? [],
    );
    if (service === null || namesake === undefined) return [];
    const there = evidence.paths.filter(
      ({ path, state }) =>
        path.experiments.includes('namesake-ports') &&
        'port' in path.to &&
        path.to.port === namesake.port &&
        state !== 'unmeasured',
    );
    const users = evidence.paths.filter(
      ({ path, state }) => path.userFacing && path.probe.kind === 'http' && state !== 'unmeasured',
    );
    return there.length === 0 || users.length === 0 ? [] : [{ ...namesake, service, users, there }];
  },
  arm: ({ users }) => ({ paths: users, fails: users.every(({ answered }) => answered.every(isDenied)) }),
  contrasts: ({ there, service, name, sentTo }) => {
    const served = there.filter(({ answered }) => answered.length > 0 && answered.every(isServed));
    const isSwapped = service.ports.some((each) => each.name === sentTo && each.targetPort === name);
    return [
      {
        label: 'Namesake',
        holds: served.length > 0 && served.length === there.length,
        says: `the same request is served by the port of the pods that is named ${name}`,
        attempts: served.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
        settles: '',
      },
      {
        label: 'Swapped',
        holds: isSwapped ? true : null,
        says: `port ${sentTo} of the Service sends to ${name} in turn`,
        attempts: [],
        settles: `Ask who wrote the Service whether its port ${name} is meant for ${sentTo}.`,
      },
    ];
  },
  suffer: (_swap, { paths }) => paths.filter(({ path: { to } }) => to.kind === 'backend' || to.kind === 'service'),
  blame: ({ service: { namespace, name: of }, name, sentTo, port, users }) => ({
    title: `Port ${name} of Service ${namespace}/${of} sends to the port ${sentTo} of its pods, and their own ${name} (${port}) serves the request`,
    object: { kind: 'Service', namespace, name: of },
    where: null,
    lines: [line('Answers', `users get ${list(statusesOf(users))}`)],
    fix: {
      says: `Set targetPort of port ${name} of Service ${namespace}/${of} to ${name} (${port}), and look at where its other ports lead.`,
      manifest: null,
    },
  }),
});

/** What a server says that does not know the request: none of "who are you", "not you" and "not now" (RFC 9110, 15.5; RFC 6585). */
const KNOWN: ReadonlySet<number> = new Set([401, 403, 407, 425, 429, 503]);

function isDenied({ sample: { http } }: Attempt): boolean {
  const status = http?.status ?? 0;
  return status >= 400 && !KNOWN.has(status);
}

function isServed({ sample: { http } }: Attempt): boolean {
  const status = http?.status ?? 0;
  return status >= 200 && status < 400;
}

function statusesOf(paths: readonly PathEvidence[]): string[] {
  const all = paths.flatMap(({ answered }) => answered.map(({ sample }) => sample.http?.status ?? 0));
  return [...new Set(all)].toSorted((a, b) => a - b).map((each) => `HTTP ${each}`);
}
