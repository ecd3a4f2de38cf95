/** Every experiment by its id: the paths that are its arms, and what of it cannot be measured. Pure. */
import type { Cluster, Limitation } from '../model/cluster.ts';
import type { ExperimentId } from '../model/experiment.ts';
import type { Target } from '../model/target.ts';
import { clientResolutionPaths, resolutionLimits } from './client-resolution.ts';
import { declaredPortPaths } from './declared-ports.ts';
import { closedPortPaths } from './closed-ports.ts';
import { dnsServerPaths, dnsTransportPaths } from './dns-servers.ts';
import { endpointPaths } from './endpoints.ts';
import { entryLimits, entryPaths } from './entries.ts';
import { externalPaths, unresolvedLimits } from './external-hosts.ts';
import { familyPaths } from './families.ts';
import { helloSizePaths } from './hello-sizes.ts';
import { identityPaths } from './identities.ts';
import { datagramPaths, nodeNetworkPaths, nodePairPaths, packetSizePaths } from './node-pairs.ts';
import { namesakePortPaths } from './namesake-ports.ts';
import { outsideNamePaths } from './outside-names.ts';
import { keptConnectionPaths } from './kept-connections.ts';
import { heavier } from './path.ts';
import type { WeightedPath } from './path.ts';
import { recordTypePaths } from './record-types.ts';
import { replacedSourcePaths } from './replaced-sources.ts';
import { serviceAddressPaths } from './service-address.ts';
import { sharePaths } from './shares.ts';
import { unreadyEndpointPaths } from './unready-endpoints.ts';
import type { LimitMaker, PathMaker, Vantages } from './vantages.ts';

const MAKERS: Readonly<Record<ExperimentId, PathMaker>> = {
  entries: entryPaths,
  'external-hosts': externalPaths,
  endpoints: endpointPaths,
  shares: sharePaths,
  'unready-endpoints': unreadyEndpointPaths,
  'declared-ports': declaredPortPaths,
  'namesake-ports': namesakePortPaths,
  'closed-ports': closedPortPaths,
  'service-address': serviceAddressPaths,
  identities: identityPaths,
  'replaced-sources': replacedSourcePaths,
  'node-pairs': nodePairPaths,
  datagrams: datagramPaths,
  'packet-sizes': packetSizePaths,
  'hello-sizes': helloSizePaths,
  'node-network': nodeNetworkPaths,
  'dns-servers': dnsServerPaths,
  'dns-transports': dnsTransportPaths,
  'record-types': recordTypePaths,
  'kept-connections': keptConnectionPaths,
  'outside-names': outsideNamePaths,
  'client-resolution': clientResolutionPaths,
  families: familyPaths,
};

const LIMITS: Readonly<Partial<Record<ExperimentId, LimitMaker>>> = {
  entries: entryLimits,
  'external-hosts': unresolvedLimits,
  'client-resolution': resolutionLimits,
};

/** The paths of these experiments. One that several have is there once, with the ids of all of them, and tried as often as the most eager wants. */
export function pathsOf(
  wanted: readonly ExperimentId[],
  cluster: Cluster,
  target: Target,
  vantages: Vantages,
): WeightedPath[] {
  const all = new Map<string, WeightedPath>();
  for (const id of new Set(wanted)) {
    for (const arm of MAKERS[id](cluster, target, vantages)) {
      const known = all.get(arm.path.id);
      const own = { ...arm, path: { ...arm.path, experiments: [id] } };
      all.set(arm.path.id, known === undefined ? own : united(known, own));
    }
  }
  return [...all.values()];
}

/** What of these experiments these vantages cannot measure. */
export function limitsOf(
  wanted: readonly ExperimentId[],
  cluster: Cluster,
  target: Target,
  vantages: Vantages,
): Limitation[] {
  return [...new Set(wanted)].flatMap((id) => LIMITS[id]?.(cluster, target, vantages) ?? []);
}

function united(known: WeightedPath, own: WeightedPath): WeightedPath {
  const chosen = heavier(known, own);
  const experiments = [...new Set([...known.path.experiments, ...own.path.experiments])];
  const userFacing = known.path.userFacing || own.path.userFacing;
  return { ...chosen, path: { ...chosen.path, userFacing, experiments } };
}
