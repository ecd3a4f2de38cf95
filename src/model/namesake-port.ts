/** Ports of pods that have the name of a Service's port. Pure. */
import type { Cluster, Pod } from './cluster.ts';
import { named } from './named.ts';
import type { Backend, Target } from './target.ts';

type ContainerPort = Pod['ports'][number];

/** Both of them are named, by other words: what the asked port is called, and what the port is called that it leads to. */
export interface Namesake {
  /** Of the Service's port and of the container's. */
  readonly name: string;
  readonly port: number;
  /** Of the container's port that is sent to. */
  readonly sentTo: string;
}

/** null: the Service sends to the port of that name, no container has one, or they have no names. */
export function namesakeOf(
  { services, pods }: Pick<Cluster, 'services' | 'pods'>,
  { service }: Pick<Target, 'service'>,
  { pod, port }: Backend,
): Namesake | null {
  const asked = named(services, service)?.ports.find((each) => each.port === service?.port && each.protocol === 'TCP');
  const own = named(pods, pod)?.ports ?? [];
  const isTcp = ({ protocol }: ContainerPort) => protocol === 'TCP';
  const namesake = own.find((each) => isTcp(each) && each.name !== null && each.name === asked?.name);
  const sentTo = own.find((each) => isTcp(each) && each.port === port)?.name ?? null;
  const name = namesake?.name ?? null;
  if (namesake === undefined || name === null || sentTo === null || namesake.port === port) return null;
  return { name, port: namesake.port, sentTo };
}
