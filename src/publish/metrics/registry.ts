/** Metrics in Prometheus' text format, through its client library. */
import type { Registry } from 'prom-client';
import type { MeasuredFamily } from './families.ts';

/** A registry of its own: nothing of this process itself is told. The same thing twice counts once. */
export async function registryOf(families: readonly MeasuredFamily[]): Promise<Registry> {
  // By its default export: a bundled CommonJS module that is imported late has no others.
  const { Gauge, Registry } = (await import('prom-client')).default;
  const registry = new Registry();
  for (const { name, help, labels, points } of families) {
    if (points.length === 0) continue;
    const gauge = new Gauge({ name, help, labelNames: ['cluster', 'sweep', ...labels], registers: [registry] });
    for (const { labels: values, value } of points) gauge.set(values, value);
  }
  return registry;
}
