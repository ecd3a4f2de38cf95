/** A way to break the cluster: what it needs, what it does, and which first findings are then true. */
import type { Fault } from '../../src/lab/scenario/fault.ts';
import type { Dice } from './dice.ts';
import type { Mistakes } from './objects.ts';
import type { Form, World } from './world.ts';

/** What of a cluster a break occupies: two breaks of one draw must not share it, or neither could be seen by itself. */
export type Part = 'node' | 'workload' | 'service' | 'policy' | 'dns' | 'ingress';

export interface Broken {
  readonly faults?: readonly Fault[];
  readonly mistakes?: Mistakes;
  /** What is changed of the cluster that it is made in. */
  readonly world?: Partial<Pick<World, 'profile' | 'overlay' | 'ingress' | 'dnsReplicas' | 'isSelf'>>;
  /** Names of which the right finding must tell one, as its object or its place; none where any will do. */
  readonly names?: readonly string[];
  /** Narrower than the kind's own set. */
  readonly accepts?: readonly string[];
}

export interface Break {
  readonly name: string;
  readonly part: Part;
  readonly forms: readonly Form[];
  /** Ids of the first findings that are true of it. */
  readonly accepts: readonly string[];
  /** Why these and no others. */
  readonly because: string;
  /** null where this world has no place for it: another is drawn. */
  readonly draw: (dice: Dice, world: World) => Broken | null;
}

export const EVERY_FORM: readonly Form[] = ['host', 'svc', 'from'];
/** Only where a name is asked for as the cluster's own clients do. */
export const BY_NAME: readonly Form[] = ['svc', 'from'];
