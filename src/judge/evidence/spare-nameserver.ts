/** Nameservers of a client's own resolv.conf that nothing asks as long as the first one answers. */
import type { Cluster } from '../../model/cluster.ts';
import { resolverOf } from '../../model/resolver.ts';
import type { Evidence, PathEvidence } from './evidence.ts';
import { isBroken } from './state.ts';

/**
 * It stands behind the first and no `rotate` spreads questions over all of them: resolv.conf(5) asks the next only where one has not
 * answered. musl asks all at once and takes the first answer, so that a spare costs nothing there either.
 */
export function isSpare(cluster: Cluster, { path: { to }, from }: Pick<PathEvidence, 'path' | 'from'>): boolean {
  if (to.kind !== 'dns-server' || to.pod !== null) return false;
  const client = cluster.pods.find(({ namespace, name }) => namespace === from.of?.namespace && name === from.of.name);
  if (client === undefined) return false;
  const { nameservers, options } = resolverOf(cluster, client);
  return nameservers.includes(to.address) && nameservers[0] !== to.address && !options.includes('rotate');
}

/** Paths to spares that do not answer, of clients whose first nameserver answered all they asked: whoever looks a name up never meets them. */
export function idleSpares({ cluster, paths }: Pick<Evidence, 'cluster' | 'paths'>): PathEvidence[] {
  return paths.filter((path) => isBroken(path) && isSpare(cluster, path) && isFirstWell(cluster, paths, path));
}

/** Every question of this client to the nameserver before all others was answered, more than once. */
function isFirstWell(cluster: Cluster, paths: readonly PathEvidence[], { from }: PathEvidence): boolean {
  const client = cluster.pods.find(({ namespace, name }) => namespace === from.of?.namespace && name === from.of.name);
  const first = client === undefined ? undefined : resolverOf(cluster, client).nameservers[0];
  const asked = paths.filter(
    ({ path: { to }, from: other, state }) =>
      other.id === from.id && to.kind === 'dns-server' && to.address === first && state !== 'unmeasured',
  );
  const answers = asked.reduce((sum, { answered }) => sum + answered.length, 0);
  return answers >= ENOUGH && asked.every(({ state }) => state === 'open');
}

/** One answer is a coincidence. */
const ENOUGH = 2;
