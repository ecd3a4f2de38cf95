import { duration, list } from '../../model/format.ts';
import type { Pod } from '../../model/cluster.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { ownPod } from '../evidence/own-pod.ts';
import { behaviour } from '../words/words.ts';

/** A pod that asks a Service which it is an endpoint of. */
interface SelfAsked {
  readonly pod: Pod;
  /** From inside the pod to the Service's address. */
  readonly path: PathEvidence;
}

/** One lost connect is chance, the second a pattern. */
const OFTEN = 2;

export default defineDiagnosis<SelfAsked>({
  id: 'broken-hairpin',
  class: 'service',
  layer: 'service',
  title: 'A pod cannot reach itself through its own Service',
  why: 'Where the Service chooses the very pod that asks, the packet has to leave by the port of the bridge that it came in by, under another source address. Where the port is not set to hairpin, or nothing rewrites the source, it is dropped: with one endpoint each connect runs through the SYN schedule, with n of them one in n.',
  test: "From inside the pod: to the Service's address, to the pod's own address, and to the other endpoints; beside it another pod of the node asks the Service. Only the first fails.",
  remedy:
    'Set hairpin mode on the bridge (bridge CNI plugin `hairpinMode: true`, kubelet `--hairpin-mode`), or let the pod ask itself by localhost.',
  limits:
    'Needs --inside: no twin is an endpoint of the Service, so none takes this way. With many endpoints the pod meets itself rarely.',
  experiments: ['service-address', 'endpoints'],
  suspects: selfAsked,
  arm: ({ path }) => ({ paths: [path], fails: isLosing(path) }),
  contrasts: (self, evidence) => [
    itself(self, evidence),
    ...otherEndpoints(self, evidence),
    otherClient(self, evidence),
    ...(expectationOf(evidence, self.path).verdict === 'allow' ? [] : [UNSURE_POLICY]),
  ],
  blame: ({ pod, path }, { target: { service } }) => {
    const [name, self] = [`${service?.namespace}/${service?.name}`, `${pod.namespace}/${pod.name}`];
    const count = service?.backends.filter(({ ready }) => ready).length ?? 1;
    const often = count === 1 ? 'it is the only endpoint' : `it is one of ${count} endpoints`;
    return {
      title: `Pod ${self} does not reach itself through Service ${name}, and ${often}`,
      object: { kind: 'Pod', namespace: pod.namespace, name: pod.name },
      where: { from: pod.node ?? '?', to: name },
      timer: path.unanswered.some(({ sample }) => sample.synRetransmissions > 0)
        ? { name: 'SYN retransmission', ms: 1000 }
        : null,
      armLabel: 'Inside',
      fix: {
        says: `Switch hairpin mode on for the pods' ports of the bridge on ${pod.node} (bridge CNI plugin: "hairpinMode": true; cat /sys/class/net/*/brport/hairpin_mode shows it), or let ${pod.name} ask itself by localhost.`,
        manifest: null,
      },
    };
  },
});

/**
 * Attempts without an answer, or late ones: where the packet is dropped before conntrack has confirmed the connection, the SYN that
 * is sent again is translated anew and meets another endpoint. null: one of them may be chance.
 */
function isLosing({ unanswered, answered, ladder }: PathEvidence): boolean | null {
  const lost = new Set([...unanswered, ...ladder.map(({ attempt }) => attempt)]).size;
  if (lost === 0) return false;
  return lost >= OFTEN || answered.length === 0 ? true : null;
}

function selfAsked(evidence: Evidence): SelfAsked[] {
  const { service } = evidence.target;
  return evidence.paths.flatMap((path) => {
    if (path.path.to.kind !== 'service' || path.state === 'unmeasured') return [];
    const pod = ownPod(evidence.recording, path.from);
    const isEndpoint = service?.backends.some(
      ({ pod: of, ready }) => ready && of !== null && of.namespace === pod?.namespace && of.name === pod.name,
    );
    if (pod === null || isEndpoint !== true || expectationOf(evidence, path).verdict === 'deny') return [];
    return [{ pod, path }];
  });
}

/** Straight to an endpoint, from the same pod. */
function straight(evidence: Evidence, { path: { from } }: SelfAsked): PathEvidence[] {
  return evidence.paths.filter(
    (each) => each.from.id === from.id && each.path.to.kind === 'backend' && each.state !== 'unmeasured',
  );
}

function isTo(pod: Pod, { path: { to } }: PathEvidence): boolean {
  return 'address' in to && pod.addresses.includes(to.address);
}

function itself(self: SelfAsked, evidence: Evidence): Contrast {
  const own = straight(evidence, self).filter((each) => isTo(self.pod, each));
  return {
    label: 'Itself',
    holds: own.length === 0 ? null : own.every(isWell),
    says: `by its own address it answers itself in ${duration(own[0]?.median('total') ?? 0)}`,
    attempts: own.flatMap(({ answered }) => answered),
    settles: "Connect from inside the pod to the pod's own address.",
  };
}

/** Nothing where there are none. */
function otherEndpoints(self: SelfAsked, evidence: Evidence): Contrast[] {
  const others = straight(evidence, self).filter((each) => !isTo(self.pod, each));
  if (others.length === 0) return [];
  return [
    {
      label: 'Others',
      holds: others.every(isWell),
      says: `from inside it, ${list(others.map(({ path: { to } }) => ('address' in to ? to.address : '')))} answer`,
      attempts: others.flatMap(({ answered }) => answered).slice(0, 10),
      settles: '',
    },
  ];
}

/** The same address, translated by the same node, for a pod that is no endpoint. */
function otherClient(self: SelfAsked, evidence: Evidence): Contrast {
  const beside = evidence.paths.filter(
    (each) =>
      each.path.to.kind === 'service' &&
      each.from.node === self.path.from.node &&
      each.state !== 'unmeasured' &&
      ownPod(evidence.recording, each.from) === null &&
      expectationOf(evidence, each).verdict !== 'deny',
  );
  const [one] = beside;
  return {
    label: 'Beside',
    holds: one === undefined ? null : beside.every(isWell),
    says: `another pod on ${self.path.from.node} through the same Service: ${one === undefined ? '' : behaviour(one)}`,
    attempts: beside.flatMap(({ answered }) => answered),
    settles: 'Ask the Service from another pod of the node, one that is no endpoint of it.',
  };
}

const UNSURE_POLICY: Contrast = {
  label: 'Policy',
  holds: null,
  says: '',
  attempts: [],
  settles: 'Find out whether NetworkPolicy lets the pod reach itself: some enforcers judge this way too.',
};

function isWell(path: PathEvidence): boolean {
  return path.state === 'open';
}
