/** Which clients of a Service meet an endpoint, where not all do alike: why it is broken for some each time, and for others never. */
import { count, list } from '../../model/format.ts';
import { named } from '../../model/named.ts';
import type { Backend } from '../../model/target.ts';
import type { Finding } from '../../model/verdict.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { line } from './words.ts';

type Line = Finding['evidence'][number];

/** `endpoints`: those at fault. Ingress proxies choose endpoints by themselves, and so does who asks a headless Service. */
export function whoMeets({ target, cluster }: Evidence, endpoints: readonly Backend[]): Line[] {
  const { kind, service } = target;
  if (kind !== 'service' || service === null || service.clusterIp === null) return [];
  const seconds = named(cluster.services, service)?.sessionAffinitySeconds;
  return [
    ...hintLines(service.backends, endpoints),
    ...(seconds === undefined
      ? []
      : [
          line(
            'Who',
            `a client's address stays with the endpoint that it met first until it was away for ${seconds} s (sessionAffinity: ClientIP): some meet this one each time, others never`,
          ),
        ]),
  ];
}

/** kube-proxy follows hints only where every ready endpoint has some (kubernetes 1.34, pkg/proxy/topology.go). */
function hintLines(all: readonly Backend[], endpoints: readonly Backend[]): Line[] {
  const ready = all.filter((each) => each.ready);
  if (ready.some(({ hints }) => hints === undefined)) return [];
  return [linesOf('zones'), linesOf('nodes')].flat();

  function linesOf(by: 'zones' | 'nodes'): Line[] {
    if (ready.some(({ hints }) => (hints?.[by].length ?? 0) === 0)) return [];
    const places = [...new Set(endpoints.flatMap(({ hints }) => hints?.[by] ?? []))].toSorted();
    if (places.length === 0) return [];
    const shares = places.map((place) => {
      const own = ready.filter(({ hints }) => hints?.[by].includes(place));
      const bad = endpoints.filter(({ hints }) => hints?.[by].includes(place));
      return `${place} (${bad.length} of the ${count(own.length, 'endpoint')} for it)`;
    });
    const place = by === 'zones' ? 'zone' : 'node';
    const says = `topology hints keep clients to the endpoints of their ${place}: those in ${place} ${list(shares)} meet it, others never`;
    return [line('Who', says)];
  }
}
