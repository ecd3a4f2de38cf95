/** Where a Service's packet was sent on by this node, and whether the API still lists that endpoint: rules that were left behind stop nothing. */
import type { Cluster, ObjectName } from '../../model/cluster.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import { isUnread } from '../../model/unread.ts';
import { isSameAddress } from '../policy/address.ts';
import { serviceOfChain } from './kube-proxy.ts';
import { translationIn } from './rule-text.ts';
import type { Endpoint } from './rule-text.ts';
import { serviceAt } from './services.ts';
import type { Flow } from './way.ts';
import { endpointsOf } from '../../model/service-slices.ts';

export interface Translation extends Endpoint {
  /** null: not known. */
  readonly service: ObjectName | null;
  /** Whether the API lists the endpoint as one of the Service; null: not known. */
  readonly isListed: boolean | null;
}

/** The last translation on the way; null: there was none. */
export function translationOn(steps: readonly TraceStep[], cluster: Cluster, flow: Flow): Translation | null {
  const step = steps.findLast(({ rule = '' }) => translationIn(rule) !== null);
  const endpoint = translationIn(step?.rule ?? '');
  if (step === undefined || endpoint === null) return null;
  const asked = { address: flow.destination, port: flow.destinationPort, protocol: flow.protocol };
  const service = serviceOfChain({ cluster }, step.chain) ?? serviceAt(cluster, asked);
  if (service === null) return { ...endpoint, service: null, isListed: null };
  const name = { namespace: service.namespace, name: service.name };
  return { ...endpoint, service: name, isListed: isListed(cluster, name, endpoint.address) };
}

/** Those that are not ready count: they are sent packets where no other is left, or while they finish. */
function isListed(cluster: Cluster, service: ObjectName, address: string): boolean | null {
  if (isUnread(cluster, 'endpointslices')) return null;
  return endpointsOf(cluster, service).some((each) => isSameAddress(each.address, address));
}
