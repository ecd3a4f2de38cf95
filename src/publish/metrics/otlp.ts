/** Metrics over OTLP/HTTP, through OpenTelemetry's own libraries. Headers and certificates come from its usual `OTEL_EXPORTER_OTLP_*`. */
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { SweepReport } from '../../model/sweep.ts';
import { type Channel, reasonOf, shownAddress } from '../channel.ts';
import { type MeasuredFamily, metricsOf } from './families.ts';

/** With its own retries; less than any channel may take as a whole. */
const EXPORT_TIMEOUT_MS = 10_000;
const METRICS_PATH = '/v1/metrics';

export function otlpChannel(endpoint: string): Channel {
  const shown = shownAddress(endpoint);
  const name = `OTLP receiver ${shown ?? ''}`.trim();
  return {
    name,
    async tell(report, { signal }) {
      if (shown === null) return [{ what: name, because: 'its address is not an http or https URL' }];
      const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
      const url = metricsAddress(endpoint);
      const exporter = new OTLPMetricExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS, keepAlive: false });
      const problem = await exportOnce(exporter, await resourceMetricsOf(report));
      return problem === null ? [] : [{ what: name, because: signal.aborted ? 'no answer in time' : problem }];
    },
  };
}

/** A base address gets the path of metrics (OpenTelemetry, "OTLP Exporter Configuration"); one that has it is taken as it is. */
function metricsAddress(endpoint: string): string {
  const url = new URL(endpoint);
  if (!url.pathname.endsWith(METRICS_PATH)) url.pathname = url.pathname.replace(/\/+$/, '') + METRICS_PATH;
  return url.href;
}

function exportOnce(exporter: PushMetricExporter, metrics: ResourceMetrics): Promise<string | null> {
  return new Promise((resolve) => {
    exporter.export(metrics, ({ code, error }) => resolve(code === 0 ? null : reasonOf(error ?? 'it did not answer')));
  });
}

/** Gauges once set and once read: the SDK's periodic reader would hide failures from us. */
async function resourceMetricsOf(report: SweepReport): Promise<ResourceMetrics> {
  const [{ MeterProvider, MetricReader }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/resources'),
  ]);
  class OneReading extends MetricReader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  }
  const { families } = metricsOf(report);
  // Above the SDK's own 2,000, beyond which it would fold what we have folded already.
  const most = Math.max(...families.map(({ points }) => points.length)) + 1;
  const reader = new OneReading({ cardinalitySelector: () => most });
  const provider = new MeterProvider({
    resource: resourceFromAttributes(resourceAttributes(report)),
    readers: [reader],
  });
  record(provider.getMeter('kprobe', report.run.kprobe), families);
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics;
}

function record(meter: Meter, families: readonly MeasuredFamily[]): void {
  for (const { otlp, unit, help, points } of families) {
    const gauge = meter.createGauge(otlp, { unit, description: help });
    for (const { labels, value } of points) gauge.record(value, labels);
  }
}

type Meter = ReturnType<InstanceType<typeof import('@opentelemetry/sdk-metrics').MeterProvider>['getMeter']>;

/** Semantic conventions: `k8s.cluster.uid` is the uid of namespace kube-system, which is told only where it could be read. */
function resourceAttributes({ cluster, run }: SweepReport): Record<string, string> {
  const uid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(cluster.id) ? { 'k8s.cluster.uid': cluster.id } : {};
  return { 'service.name': 'kprobe', 'service.version': run.kprobe, 'k8s.cluster.name': cluster.name, ...uid };
}
