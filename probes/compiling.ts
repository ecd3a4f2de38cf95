/** How much V8 makes of the agent's code. */
import { late } from './late.ts';

/**
 * From now on nothing is compiled again for speed. The functions of an attempt run some thousand times at most: optimizing them costs more than
 * it saves, on threads beside the one that measures, and 8 MB (docs/performance.md). Not a flag of the command line: with that, Node would
 * not take its own modules as they come compiled with it, 10 ms more before the first packet.
 */
export function stopOptimizing(): void {
  const { setFlagsFromString } = late('node:v8');
  for (const flag of ['--no-opt', '--no-maglev']) setFlagsFromString(flag);
}
