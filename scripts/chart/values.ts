/** The JSON Schema of the chart's values: what a user may write, by the rules of `kprobe install`. Pure. */
import { z } from 'zod';
import { SIZE } from '../../src/commands/sweep-install.ts';
import { LABEL } from '../../src/options.ts';
import { SweepFileShape } from '../../src/sweep/file-shape.ts';

/** Helm checks with Go's expressions, which have no look-ahead: the length is a rule of its own. */
const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
  .max(253);
const namespace = z.string().regex(LABEL);
const labels = z.record(z.string(), z.string());
/** Five fields or a word for some; the API server knows the rest. */
const SCHEDULE = /^$|^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$|^[^ =@]+( [^ =@]+){4}$/;

const subject = z.union([
  z.strictObject({ kind: z.enum(['User', 'Group']), name: z.string().min(1) }),
  z.strictObject({ kind: z.literal('ServiceAccount'), name, namespace }),
]);

const image = z.strictObject({
  repository: z
    .string()
    .regex(/^$|^\w[\w.\-/:]*$/)
    .describe("kprobe's own image; empty: none, and no sweep"),
  tag: z
    .string()
    .regex(/^[\w.-]*$/)
    .max(128)
    .describe('Empty: the version of the chart'),
  digest: z
    .string()
    .regex(/^$|^sha256:[0-9a-f]{64}$/)
    .describe('Instead of a tag'),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  pullSecrets: z.array(name).describe('In each namespace with probes'),
});

const history = z.strictObject({
  enabled: z.boolean().describe('false: sweeps are not compared with one another'),
  size: z.string().regex(SIZE),
  storageClass: z.string().describe('Empty: that of the cluster'),
  keep: z.boolean().describe('Whether the volume, and the namespace around it, stay when the release goes'),
});

const sweep = z.strictObject({
  schedule: z.string().regex(SCHEDULE).describe('When to sweep, as cron has it; empty: never'),
  timeZone: z.string().describe('Of the schedule; empty: that of the control plane'),
  file: z.union([z.string(), SweepFileShape, z.null()]).describe('The sweep file: its fields, or its text'),
  clusterName: z.string().max(253).describe('What metrics and notices call this cluster'),
  environmentSecrets: z.array(name).describe('Secrets whose keys become environment variables'),
  history: history.partial(),
  resources: z.looseObject({}),
  nodeSelector: labels,
  tolerations: z.array(z.looseObject({})),
});

const podMonitor = z.strictObject({
  enabled: z.boolean().describe('Scrape the Pushgateway that sweeps push to'),
  namespaces: z.array(namespace).describe('Where it runs'),
  selector: labels.describe('Labels of its pods'),
  port: z.string(),
  interval: z.string().regex(/^\d+(ms|s|m|h)$/),
  labels,
});

const prometheusRule = z.strictObject({
  enabled: z.boolean().describe('Alerts, where sweeps hand their metrics on and the cluster knows the kind'),
  labels: labels.describe('By which a Prometheus finds it'),
  missingAfterSeconds: z.int().min(60).describe('A sweep this old is missing: more than the time between two'),
});

const values = z
  .strictObject({
    namespace: z.strictObject({ create: z.boolean() }).describe('The namespace kprobe'),
    subjects: z.array(subject).describe('Who may use kprobe; none: its own service account'),
    hostVantages: z.boolean().describe('Whether probes may stand on the network of nodes, in kprobe-host'),
    twins: z.array(namespace).describe('Namespaces in which probes may take the identity of pods'),
    inside: z.boolean().describe('Whether containers may be put into pods there'),
    configMaps: z.array(name).describe('Further ConfigMaps to read'),
    image: image.partial(),
    sweep: sweep.partial(),
    prometheusRule: prometheusRule.partial(),
    podMonitor: podMonitor.partial(),
    global: z.looseObject({}).describe('Of charts that this one is part of'),
  })
  .partial();

/** Draft 7, which editors and every Helm 3 and 4 know. */
export function valuesSchema(): string {
  const schema = z.toJSONSchema(values, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override({ path, jsonSchema }) {
      // A bare text stands for a target, and for a list of one expectation; what reads sweep files puts it in order.
      const isShorthand = /\/targets\/items$|\/expect$/.test(path.join('/'));
      if (!isShorthand || 'anyOf' in jsonSchema) return;
      const whole = { ...jsonSchema };
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, { anyOf: [{ type: 'string' }, whole] });
    },
  });
  return `${JSON.stringify({ $schema: schema.$schema, title: "Values of kprobe's chart", ...schema }, null, 2)}\n`;
}
