/** The fields of a sweep file. */
import { z } from 'zod';
import {
  durationValue,
  expectationValue,
  flagValue,
  nameValue,
  namespaceValue,
  pathValue,
  targetValue,
  urlValue,
  wholeValue,
  workloadValue,
} from './file-values.ts';

/** More targets than this do not fit into an hour at any rate that a cluster should be probed with. */
const MOST_TARGETS = 2000;
const MOST_EXPECTATIONS = 10;

/** A round of DNS and its failover is seen within this; below, not even pods start. An hour is longer than any schedule waits. */
const TIMEOUT = { fromMs: 20_000, toMs: 3_600_000, such: '5m' };
/** As `--slow-after`. */
const SLOW_AFTER = { fromMs: 1, toMs: 60_000, such: '500ms or 2s' };
const KEEP = { fromMs: 3_600_000, toMs: 3650 * 86_400_000, such: '30d' };
/** A busy node begins some thousand connections a second; a prober should not be noticed among them. */
const MOST_PROBES = 500;
const MOST_PODS = 2000;

/** A single one needs no list. */
const expectations = z.preprocess(
  (given) => (typeof given === 'string' ? [given] : given),
  z.array(expectationValue).max(MOST_EXPECTATIONS),
);
const perTarget = {
  namespace: namespaceValue.optional(),
  from: workloadValue.optional(),
  expect: expectations.optional(),
  slowAfter: durationValue(SLOW_AFTER).optional(),
};

const webhook = z
  .strictObject({
    url: urlValue.optional(),
    urlFromEnv: nameValue.optional(),
    kind: z.enum(['json', 'slack']).optional(),
    always: flagValue.optional(),
  })
  .refine(
    ({ url, urlFromEnv }) => (url === undefined) !== (urlFromEnv === undefined),
    'needs either url or urlFromEnv',
  );

export const SweepFileShape = z.strictObject({
  targets: z
    .array(z.strictObject({ target: targetValue, ...perTarget }))
    .min(1, 'no targets: name at least one')
    .max(MOST_TARGETS),
  defaults: z.strictObject(perTarget).optional(),
  budget: z
    .strictObject({
      probesPerSecondPerNode: wholeValue(1, MOST_PROBES).optional(),
      pods: wholeValue(1, MOST_PODS).optional(),
      timeout: durationValue(TIMEOUT).optional(),
    })
    .optional(),
  history: z
    .union([z.literal('none'), z.strictObject({ keep: durationValue(KEEP).optional(), file: pathValue.optional() })])
    .optional(),
  notify: z
    .strictObject({
      events: flagValue.optional(),
      webhook: webhook.optional(),
      pushgateway: z.strictObject({ url: urlValue }).optional(),
      otlp: z.strictObject({ endpoint: urlValue }).optional(),
      metricsFile: pathValue.optional(),
    })
    .optional(),
  keepRecordings: flagValue.optional(),
});
export type SweepFileShape = z.infer<typeof SweepFileShape>;

/** Fields by the place that they belong to, for "did you mean"; numbers in a place are `*`. */
export const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '': ['targets', 'defaults', 'budget', 'history', 'notify', 'keepRecordings'],
  'targets.*': ['target', ...Object.keys(perTarget)],
  defaults: Object.keys(perTarget),
  budget: ['probesPerSecondPerNode', 'pods', 'timeout'],
  history: ['keep', 'file'],
  notify: ['events', 'webhook', 'pushgateway', 'otlp', 'metricsFile'],
  'notify.webhook': ['url', 'urlFromEnv', 'kind', 'always'],
  'notify.pushgateway': ['url'],
  'notify.otlp': ['endpoint'],
};
