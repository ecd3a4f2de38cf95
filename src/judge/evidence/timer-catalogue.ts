/** The timers of the Kubernetes network path that make a delay or a failure, as data. */
import { applicationTimers } from './application-timers.ts';
import { clientTimers, resolverTimers } from './client-timers.ts';
import { kernelTimers } from './kernel-timers.ts';
import { proxyTimers } from './proxy-timers.ts';
import type { Timer } from './timer.ts';

/** All known timers, the kernel's first. */
export const timers: readonly Timer[] = [
  ...kernelTimers,
  ...resolverTimers,
  ...proxyTimers,
  ...clientTimers,
  ...applicationTimers,
];
