import type { ServerResponse } from 'node:http';
import definitions from 'otlp-definitions/build/src/generated/root.js';
import { expect, test } from 'vitest';
import { FAMILIES, metricsOf, MOST_TARGETS } from '../../src/publish/metrics/families.ts';
import { publish } from '../../src/publish/publish.ts';
import { broken, NOWHERE, sweep, target, world } from './make.ts';
import { deadUrl, startServer } from './server.ts';

/** The library's own types say nothing of what it holds. */
interface Definitions {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: { readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: Codec } } };
    };
  };
}
interface Codec {
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: { readonly longs: typeof Number }): object;
}

/** Made from the official .proto files by the OpenTelemetry project; what we send is encoded by other code, of a later release. */
const Request = (definitions as unknown as Definitions).opentelemetry.proto.collector.metrics.v1
  .ExportMetricsServiceRequest;

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}
interface DataPoint {
  readonly attributes: readonly Attribute[];
  readonly asDouble?: number;
  readonly asInt?: number;
}
interface Decoded {
  readonly resource: { readonly attributes: readonly Attribute[] };
  readonly scopeMetrics: readonly {
    readonly scope: { readonly name: string; readonly version: string };
    readonly metrics: readonly {
      readonly name: string;
      readonly unit: string;
      readonly description: string;
      readonly gauge: { readonly dataPoints: readonly DataPoint[] };
    }[];
  }[];
}

function decode(body: Uint8Array): Decoded {
  const message = Request.toObject(Request.decode(body), { longs: Number }) as { resourceMetrics: readonly Decoded[] };
  expect(message.resourceMetrics).toHaveLength(1);
  return message.resourceMetrics[0]!;
}

const record = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
const tell = (endpoint: string, report = sweep([broken('shop')]), limitMs = 5000) =>
  publish(report, { ...NOWHERE, otlp: { endpoint } }, { ...world(), limitMs });

test.for([
  ['', '/v1/metrics'],
  ['/', '/v1/metrics'],
  ['/otlp', '/otlp/v1/metrics'],
  ['/otlp/v1/metrics', '/otlp/v1/metrics'],
] as const)('the address "%s" leads to %s', async ([path, expected]) => {
  await using server = await startServer();
  expect(await tell(server.url + path)).toEqual([]);
  expect(server.received.map((each) => [each.method, each.path, each.headers['content-type']])).toEqual([
    ['POST', expected, 'application/x-protobuf'],
  ]);
});

test('by the official definitions it is the same as the table of metrics', async () => {
  await using server = await startServer();
  const report = sweep([target('api'), broken('shop "x" \n é')]);
  await tell(server.url, report);
  const { resource, scopeMetrics } = decode(server.received[0]!.body);
  expect(record(resource.attributes)).toEqual({
    'service.name': 'kprobe',
    'service.version': '0.1.0',
    'k8s.cluster.name': 'production',
    'k8s.cluster.uid': report.cluster.id,
  });
  expect(scopeMetrics.map(({ scope }) => scope)).toEqual([{ name: 'kprobe', version: '0.1.0' }]);
  const sent = scopeMetrics[0]!.metrics.map(({ name, unit, description, gauge }) => ({
    name,
    unit,
    description,
    points: gauge.dataPoints.map(({ attributes, asDouble, asInt }) => ({
      labels: record(attributes),
      value: asDouble ?? asInt,
    })),
  }));
  const meant = metricsOf(report)
    .families.filter(({ points }) => points.length > 0)
    .map(({ otlp, unit, help, points }) => ({ name: otlp, unit, description: help, points }));
  expect(sent).toEqual(meant);
  expect(sent.map(({ name }) => name)).toContain(FAMILIES.duration.otlp);
});

test('a cluster without a readable uid has none', async () => {
  await using server = await startServer();
  await tell(server.url, sweep([target('a')], { cluster: { id: 'https://10.0.0.1:6443', name: 'c' } }));
  expect(record(decode(server.received[0]!.body).resource.attributes)).not.toHaveProperty('k8s.cluster.uid');
});

test('no target falls under the limit of the SDK', async () => {
  await using server = await startServer();
  const limitations = await tell(
    server.url,
    sweep(Array.from({ length: MOST_TARGETS + 1 }, (_, n) => target(`t${n}`))),
  );
  expect(limitations).toEqual([{ what: 'metrics of 1 target', because: expect.stringContaining('(others)') }]);
  const states = decode(server.received[0]!.body).scopeMetrics[0]!.metrics.find(
    ({ name }) => name === FAMILIES.state.otlp,
  );
  expect(states?.gauge.dataPoints).toHaveLength((MOST_TARGETS + 1) * 4);
  expect(JSON.stringify(states)).not.toContain('otel.metric.overflow');
});

test('a busy receiver is asked again', async () => {
  await using server = await startServer((response, nth) =>
    response.writeHead(nth === 1 ? 503 : 200, { 'retry-after': '1' }).end(),
  );
  expect(await tell(server.url)).toEqual([]);
  expect(server.received).toHaveLength(2);
});

/** Who hangs is not waited for long. */
const LIMITS_MS: Readonly<Record<string, number>> = { hangs: 300 };
test.for<[string, (response: ServerResponse) => void, RegExp]>([
  ['refuses', (response) => response.writeHead(401).end('who are you'), /^Unauthorized \(401\)$/],
  ['hangs', () => undefined, /^no answer in time$/],
])('a receiver that %s is one line', async ([kind, answer, because]) => {
  await using server = await startServer(answer);
  expect(await tell(server.url, undefined, LIMITS_MS[kind] ?? 5000)).toEqual([
    { what: `OTLP receiver ${server.url}`, because: expect.stringMatching(because) },
  ]);
});

test('a receiver that is not there is one line', async () => {
  expect(await tell(await deadUrl(), undefined, 200)).toHaveLength(1);
});

test.for(['', 'collector:4318'])('"%s" is no address', async (endpoint) => {
  expect(await tell(endpoint)).toEqual([{ what: 'OTLP receiver', because: 'its address is not an http or https URL' }]);
});
