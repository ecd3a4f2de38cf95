/** A host outside the cluster, from each vantage: its name as pods resolve it, and its address as it was resolved here, where it was; beside each a control. */
import ipaddr from 'ipaddr.js';
import type { Cluster, Limitation } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import type { Backend, Target } from '../model/target.ts';
import { application } from './application.ts';
import { weighted } from './path.ts';
import type { Weight, WeightedPath } from './path.ts';
import { neutralOf } from './vantages.ts';
import type { Vantages } from './vantages.ts';

/** It is let out or it is not: the second attempt is not a coincidence. */
const CONTROL_ATTEMPTS = 2;

export function externalPaths(_: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  if (target.kind !== 'external') return [];
  const { local, sourcesUnderTest } = vantages;
  // Of a name that it does not resolve, this machine has nothing more to tell.
  const users = isUnresolved(target) ? sourcesUnderTest : [local, ...sourcesUnderTest];
  return [
    ...users.flatMap((from) => [
      ...target.direct.map((far) => connect('user', from, target, far)),
      ...(target.host === null
        ? []
        : [weighted('user', from, { kind: 'resolver', name: target.host }, { kind: 'resolver', name: target.host })]),
    ]),
    ...controlsBeside(vantages).flatMap((from) =>
      target.direct.map((far) => ({ ...connect('experiment', from, target, far), attempts: CONTROL_ATTEMPTS })),
    ),
  ];
}

function connect(weight: Weight, from: Agent, target: Target, { address, port }: Backend): WeightedPath {
  return weighted(weight, from, { kind: 'external', address, port }, application(target, { address, port }));
}

/**
 * Neutral identities on the nodes of those that are asked for: what differs between them is what policies see. And one on another node, which may
 * get through where this one does not.
 */
function controlsBeside(vantages: Vantages): Agent[] {
  const nodes = new Set(vantages.sourcesUnderTest.map(({ node }) => node));
  const [beside, elsewhere] = [true, false].map((isBeside) =>
    neutralOf(vantages).filter(({ node }) => nodes.has(node) === isBeside),
  );
  return [...(beside ?? []), ...(elsewhere ?? []).slice(0, 1)];
}

function isUnresolved({ direct }: Target): boolean {
  return direct.every(({ address }) => !ipaddr.isValid(address));
}

/** What is not measured of a host outside whose name this machine does not resolve. */
export function unresolvedLimits(_: Cluster, target: Target): Limitation[] {
  const { kind, host } = target;
  if (kind !== 'external' || host === null || !isUnresolved(target)) return [];
  const because = 'it does not resolve the name: the probes look it up where they stand';
  return [{ what: `connects from this machine to ${host}`, because, subject: { kind: 'name', name: host } }];
}
