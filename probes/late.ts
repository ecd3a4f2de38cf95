/**
 * Parts of Node that not every agent needs, loaded when one is first asked for: together they take a third of the time to the first packet and
 * several MB (docs/performance.md).
 */
import { createRequire } from 'node:module';

type Load = typeof process.getBuiltinModule;

/** Node before 20.16 has no such function. */
const own = process.getBuiltinModule as Load | undefined;

export const late: Load = own ?? (createRequire(process.execPath) as Load);
