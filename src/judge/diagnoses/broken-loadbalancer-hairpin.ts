import type { Service } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import type { Entry } from '../../model/target.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { hellosOf } from '../evidence/delay.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isFailing } from '../evidence/failing.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { inIpBlock } from '../policy/address.ts';
import { ends } from '../words/words.ts';

/** The public address of a Service, as it is met from inside and from outside. */
interface Suspect {
  readonly entry: Entry;
  readonly service: Service;
  readonly inside: readonly PathEvidence[];
  readonly failing: readonly PathEvidence[];
  readonly outside: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'broken-loadbalancer-hairpin',
  class: 'service',
  layer: 'service',
  title: "A Service's own public address does not work from inside the cluster",
  why: 'A pod that asks for its own cluster by the public name meets the address of the load balancer. Either the packets go out and the balancer (or a router) does not send them back to where they came from: connects hang. Or the node takes the short cut and delivers them to the pods itself: then whatever the balancer adds is missing, and a proxy that expects the PROXY protocol resets the connection or answers 400. Or the Service has loadBalancerSourceRanges, which kube-proxy applies to pods of the cluster as well. Users outside notice nothing; certificate checks, webhooks and sign-ins by the public name fail.',
  test: 'The same request to the public address from outside and from pods of several nodes, and from the same pods to the proxies behind it: only the public address from inside fails.',
  remedy:
    "Have names inside lead to the Service itself (a rewrite in CoreDNS, split DNS); or let the balancer's address be one that nodes do not take for their own (a balancer that sets `ipMode: Proxy` in its status, or a host name in place of an address), which the PROXY protocol needs; for a cloud's network balancer turn off the preservation of client addresses, with which a target cannot reach itself.",
  limits:
    'Only addresses that an API object publishes for the asked host are tried; a balancer that is known by a name alone is not, nor one that fails only where it picks the very node that asks. Where this machine does not reach the address either, a dead balancer looks the same, and it is a mere possibility.',
  experiments: ['entries'],
  suspects: (evidence) => publicEntries(evidence).filter(({ failing }) => failing.length > 0),
  arm: (suspect, evidence) => ({
    paths: suspect.failing,
    fails: suspect.outside.length > 0 || isOutOfRange(suspect, evidence) ? true : null,
  }),
  contrasts: (suspect, evidence) => {
    const { entry, service, inside, failing, outside } = suspect;
    const { address } = entry;
    const isKeptOut = isOutOfRange(suspect, evidence);
    const reaching = outside.filter((path) => isWorking(path) && !isFailing(evidence, path));
    const around = aroundIt(evidence, entry, failing);
    const well = around.filter((path) => isWorking(path) && !isFailing(evidence, path));
    return [
      ...(isKeptOut
        ? [
            {
              label: 'Ranges',
              holds: true,
              says: `spec.loadBalancerSourceRanges of Service ${service.namespace}/${service.name} admits ${list([...(service.sourceRanges ?? [])], 4)}, and none of those who ask from inside`,
              attempts: [],
              settles: '',
            },
          ]
        : [outsideContrast(address, outside, reaching)]),
      {
        label: 'Around it',
        holds: around.length === 0 ? null : well.length > 0,
        says: `the same pods are answered by what is behind it: ${list([...new Set(well.map(ends))].slice(0, 3))}`,
        attempts: first(well),
        settles: 'Ask the proxies behind it by their own addresses, from the same pods.',
      },
      ...spread(inside, failing),
    ];
  },
  blame: (suspect, evidence) => {
    const {
      entry: { address },
      service: { namespace, name },
      failing,
    } = suspect;
    const service = { namespace, name };
    if (isOutOfRange(suspect, evidence)) {
      return {
        title: `${address}, the public address of Service ${namespace}/${name}, keeps the cluster's own pods out by its loadBalancerSourceRanges`,
        object: { kind: 'Service', ...service },
        where: { from: 'pods', to: address },
        fix: {
          says: `Have pods ask ${name}.${namespace}.svc in place of the public address (CoreDNS: \`rewrite name\`), or add the range of pods and nodes to spec.loadBalancerSourceRanges: kube-proxy applies it to them on their own node.`,
          manifest: null,
        },
      };
    }
    const isSilent = failing.every(isBroken);
    return {
      title: `${address}, the public address of Service ${service.namespace}/${service.name}, ${isSilent ? 'cannot be reached' : 'answers otherwise'} from inside the cluster`,
      object: { kind: 'Service', ...service },
      where: { from: 'pods', to: address },
      fix: {
        says: `Have the name lead to ${service.name}.${service.namespace}.svc inside the cluster (CoreDNS: \`rewrite name\`). Then look at the balancer: ${isSilent ? 'hairpin at the router, preservation of client addresses' : 'the PROXY protocol, which the short cut of the nodes leaves out; `ipMode: Proxy` in the status of the Service turns the short cut off'}.`,
        manifest: null,
      },
    };
  },
});

function publicEntries(evidence: Evidence): Suspect[] {
  const entries = evidence.target.entries.filter(({ pod }) => pod === null);
  return entries.flatMap((entry): Suspect[] => {
    const { address, port } = entry;
    // A NodePort may be at the same address, and is no public one.
    const service = evidence.cluster.services.find(
      ({ externalAddresses, ports }) => externalAddresses.includes(address) && ports.some((each) => each.port === port),
    );
    if (service === undefined) return [];
    const paths = evidence.paths.filter((path) => isEntryAt(path, entry) && path.state !== 'unmeasured');
    const inside = paths.filter(
      (path) => path.from.kind !== 'local' && expectationOf(evidence, path).verdict !== 'deny',
    );
    return [
      {
        entry,
        service,
        inside,
        failing: inside.filter((path) => neverServes(evidence, path)),
        outside: paths.filter((path) => path.from.kind === 'local'),
      },
    ];
  });
}

/** The Service names who may come, and all who fail here are others: nodes drop what they ask for, before any balancer sees it. */
function isOutOfRange({ service: { sourceRanges = [] }, inside, failing }: Suspect, evidence: Evidence): boolean {
  const hellos = hellosOf(evidence);
  const isAdmitted = (address: string) => sourceRanges.some((cidr) => inIpBlock(address, { cidr }).is !== 'no');
  return (
    sourceRanges.length > 0 &&
    failing.length === inside.length &&
    failing.every(({ from }) => {
      const own = hellos.get(from.id)?.addresses ?? [];
      return own.length > 0 && !own.some(isAdmitted);
    })
  );
}

function outsideContrast(
  address: string,
  outside: readonly PathEvidence[],
  reaching: readonly PathEvidence[],
): Contrast {
  return {
    label: 'Outside',
    holds: outside.length === 0 ? null : reaching.length > 0,
    says: `${address} answers this machine, which is no part of the cluster`,
    attempts: first(reaching),
    settles: `Ask ${address} from outside the cluster.`,
  };
}

/** Always: what fails at times fails behind the entry. */
function neverServes({ differences }: Evidence, path: PathEvidence): boolean {
  return !isWorking(path) || differences.get(path.path.id)?.isAlways === true;
}

function isEntryAt({ path: { to } }: PathEvidence, { address, port }: Entry): boolean {
  return to.kind === 'entry' && to.address === address && to.port === port;
}

/** Other entries, of the same vantages; of a Service that is asked for itself, that and its endpoints. */
function aroundIt(evidence: Evidence, entry: Entry, failing: readonly PathEvidence[]): PathEvidence[] {
  const sources = new Set(failing.map(({ from }) => from.id));
  return evidence.paths.filter(
    (path) =>
      isBehind(path, evidence) && !isEntryAt(path, entry) && sources.has(path.from.id) && path.state !== 'unmeasured',
  );
}

function isBehind({ path: { to } }: PathEvidence, { target }: Evidence): boolean {
  return to.kind === 'entry' || (target.kind === 'service' && (to.kind === 'service' || to.kind === 'backend'));
}

/** What fails for one of several may be that node's own way out. */
function spread(inside: readonly PathEvidence[], failing: readonly PathEvidence[]): Contrast[] {
  if (failing.length === inside.length) return [];
  const well = inside.filter((path) => !failing.includes(path));
  return [
    {
      label: 'From everywhere',
      holds: failing.length * 2 > inside.length ? true : null,
      says: `it fails from ${failing.length} of ${inside.length} vantages inside`,
      attempts: first(well),
      settles: 'Ask from pods of other nodes: where only one node fails, it is that node.',
    },
  ];
}

function first(paths: readonly PathEvidence[]): readonly Attempt[] {
  return paths.flatMap(({ answered }) => answered).slice(0, 10);
}
