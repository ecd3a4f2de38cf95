/** The live settings of the proxy on the way, as timers need them. */
import type { IngressController } from '../../model/cluster.ts';
import type { Delay } from './timer.ts';

export function settingsOf(controller: Delay['controller']): IngressController | null {
  return controller === 'none' ? null : controller;
}

/** The connect timeout, twice, … `most` times; the proxy's own or the default. */
export function multiples({ controller }: Delay, defaultMs: number, most: number): number[] {
  const timeoutMs = settingsOf(controller)?.connectTimeoutMs ?? defaultMs;
  return Array.from({ length: most }, (_, index) => timeoutMs * (index + 1));
}
