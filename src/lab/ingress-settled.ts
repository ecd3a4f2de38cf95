/** Waits until every proxy of the ingress serves what was written for it last. */
import { hostnameOf } from './kubelet/launch.ts';
import { ingressApplied, type IngressPlace } from './system/ingress-applied.ts';
import { INSTALLATIONS, LABEL_KEYS } from './system/ingress-program.ts';
import type { Cluster } from './cluster.ts';

const LIMIT_MS = 5000;

/** Resolves as well when that takes too long: an ingress may be broken by intent. */
export async function ingressSettled({ store, fabric, addOns, topology }: Cluster): Promise<void> {
  if (topology.ingress === null) return;
  const { namespace, labels } = INSTALLATIONS[topology.ingress.program];
  const controllers = store
    .list('pods')
    .filter(
      ({ metadata }) =>
        metadata.namespace === namespace && LABEL_KEYS.every((key) => metadata.labels?.[key] === labels[key]),
    );
  const places = controllers.flatMap((pod): IngressPlace[] => {
    const { hostNetwork, nodeName } = pod['spec'];
    const isHost = hostNetwork === true;
    const place = isHost ? fabric.node(nodeName) : fabric.pods.get(pod.metadata.uid);
    const generation = addOns.ingressGeneration(hostnameOf(pod, nodeName));
    return place === undefined ? [] : [{ netns: place.netns, address: place.address, isHost, generation }];
  });
  await ingressApplied(places, LIMIT_MS);
}
