/** The names of a recording, found without the code under test; and recordings with names that nobody thought of. */
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import type { Recording } from '../../src/model/recording.ts';
import { PUBLIC_NAMES } from '../../src/redact/vocabulary.ts';

const PUBLIC = new Set(PUBLIC_NAMES.flatMap(({ words }) => words.split(' ')));

/** Names of objects, label keys and values, hosts: whatever people chose, unless it is made of public words and small numbers only. */
export function namesIn({ cluster, plan, target, hellos, samples }: Recording): Set<string> {
  const labels = (all: Readonly<Record<string, string>>) => Object.entries(all).flat();
  const named = ({ namespace, name }: { namespace: string; name: string }) => [namespace, name, `${namespace}/${name}`];
  const names = [
    ...cluster.nodes.flatMap(({ name, zone }) => [name, zone ?? '']),
    ...cluster.namespaces.flatMap((each) => [each.name, ...labels(each.labels)]),
    ...cluster.pods.flatMap((pod) => [...named(pod), pod.uid, pod.owner?.name ?? '', ...labels(pod.labels)]),
    ...cluster.services.flatMap((each) => [...named(each), ...labels(each.labels), ...labels(each.selector)]),
    ...cluster.endpointSlices.flatMap(named),
    ...cluster.routes.flatMap((each) => [...named(each), each.host ?? '', each.service]),
    ...cluster.controllers.flatMap((each) => [each.className, ...each.pods.flatMap(named)]),
    ...cluster.networkPolicies.flatMap((each) => [...named(each), ...labels(each.spec.podSelector?.matchLabels ?? {})]),
    ...plan.agents.flatMap(({ identity }) => [identity.namespace, ...labels(identity.labels)]),
    ...plan.paths.flatMap(({ probe }) => ('host' in probe ? probe.host : 'name' in probe ? probe.name : '')),
    ...hellos.flatMap(({ hostname, resolver }) => [hostname, ...resolver.search]),
    ...samples.flatMap(({ http }) => http?.hash ?? ''),
    target.host ?? '',
    cluster.uid ?? '',
  ];
  return new Set(names.filter((name) => name.length > 2 && !isPublic(name)));
}

function isPublic(name: string): boolean {
  return name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .every(
      (word) =>
        word.length < 2 ||
        /^\d+$/.test(word) ||
        /^v\d+$/.test(word) ||
        PUBLIC.has(word) ||
        PUBLIC.has(word.replace(/\d+$/, '')),
    );
}

/** Addresses that tell of a cluster: not those that every machine has, or that documentation uses. */
export function addressesIn(recording: Recording): Set<string> {
  const found = JSON.stringify(recording).match(/(?<![\d.\w])\d{1,3}(?:\.\d{1,3}){3}(?![\d\w]|\.\d)/g) ?? [];
  const special = new Set(['unspecified', 'loopback', 'linkLocal', 'multicast', 'broadcast', 'reserved']);
  return new Set(
    found
      .filter((text) => ipaddr.IPv4.isValidFourPartDecimal(text))
      .filter(
        (text) => !special.has(ipaddr.IPv4.parse(text).range()) && !/^(?:10|172\.16|192\.168)(?:\.0)+$/.test(text),
      ),
  );
}

/** What the generated recordings call things, and an address range each. */
const RENAMED = ['shop', 'web', 'pay', 'checkout', 'worker', 'tier', 'front'] as const;

const label = fc.stringMatching(/^[a-z][a-z0-9]{1,10}(-[a-z0-9]{1,6}){0,2}$/);

export interface Renaming {
  readonly names: readonly string[];
  /** The second byte of node, pod and service addresses. */
  readonly bytes: readonly number[];
}

export const renaming: fc.Arbitrary<Renaming> = fc.record({
  names: fc.uniqueArray(label, { minLength: RENAMED.length, maxLength: RENAMED.length }),
  bytes: fc.uniqueArray(fc.integer({ min: 1, max: 254 }), { minLength: 3, maxLength: 3 }),
});

/** The same recording of another cluster: consistent, for the text is replaced as a whole. */
export function renamed(recording: Recording, { names, bytes }: Renaming): Recording {
  const marked = RENAMED.reduce(
    (json, name, at) => json.replaceAll(new RegExp(`(?<![A-Za-z])${name}(?![A-Za-z])`, 'g'), `<<${at}>>`),
    JSON.stringify(recording),
  );
  const json = marked
    .replaceAll(/<<(\d)>>/g, (_all, at: string) => names[Number(at)] ?? '')
    .replaceAll(
      /(?<![\d.])10\.(0|244|96)\./g,
      (_all, byte: string) => `10.${bytes[['0', '244', '96'].indexOf(byte)]}.`,
    );
  return JSON.parse(json) as Recording;
}
