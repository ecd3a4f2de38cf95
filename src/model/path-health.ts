/** How well a path did, in one word: for the cells of a matrix, for pictures and for tables. */
import { z } from 'zod';

/** `slow` is said of paths that answer each time, `broken` of those that never do. */
export const PathHealth = z.enum(['good', 'slow', 'lossy', 'broken', 'unmeasured']);
export type PathHealth = z.infer<typeof PathHealth>;
