/** What a tracer follows. */
import type { Endpoint } from '../sockets.ts';
import type { TracedFlow } from '../wire.ts';

/** A flow whose ends have addresses by now. */
export interface KnownFlow extends Pick<TracedFlow, 'protocol' | 'sourcePorts'> {
  /** Its place in the order. */
  readonly index: number;
  readonly sources: readonly string[];
  readonly targets: readonly Endpoint[];
}
