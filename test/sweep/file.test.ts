import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/model/user-error.ts';
import { parseSweepFile } from '../../src/sweep/file.ts';
import { publishSettings } from '../../src/sweep/notify.ts';

const parse = (text: string | Uint8Array) =>
  parseSweepFile(typeof text === 'string' ? new TextEncoder().encode(text) : text, 'sweep.yaml');

/** All lines of what is wrong. */
function complaint(text: string | Uint8Array): string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof UserError) return [error.message, ...error.more];
    throw error;
  }
  return [];
}

describe('a sweep file', () => {
  test('may be a list of targets and nothing else', () => {
    expect(parse('targets: [shop.example.com]')).toEqual({
      targets: [
        {
          key: 'shop.example.com',
          target: 'shop.example.com',
          namespace: null,
          from: null,
          slowAfterMs: 500,
          expect: [],
        },
      ],
      budget: { probesPerSecondPerNode: 20, pods: 60 },
      timeoutMs: 300_000,
      history: { keepMs: 30 * 86_400_000, file: null },
      notify: { events: false, webhook: null, pushgateway: null, otlp: null, metricsFile: null },
      keepRecordings: true,
    });
  });

  test('may say everything', () => {
    const file = parse(`
defaults: { namespace: shop, slowAfter: 1s }
targets:
- svc/web
- target: svc/api
  namespace: pay
  from: shop/checkout
  slowAfter: 250ms
  expect: [p99 < 50ms, "p99.9<1.5 s", loss < 0.5%]
- { target: svc/db, expect: unreachable }
budget: { probesPerSecondPerNode: 5, pods: 12, timeout: 2m }
history: { keep: 7d, file: sweeps.sqlite }
notify:
  events: true
  webhook: { urlFromEnv: HOOK, kind: slack, always: true }
  pushgateway: { url: "http://push:9091" }
  otlp: { endpoint: "http://otel:4318" }
  metricsFile: /var/lib/kprobe.prom
keepRecordings: false
`);
    expect(file.targets.map(({ key, slowAfterMs }) => [key, slowAfterMs])).toEqual([
      ['shop/svc/web', 1000],
      ['pay/svc/api from shop/checkout', 250],
      ['shop/svc/db', 1000],
    ]);
    expect(file.targets.map(({ expect: wanted }) => wanted)).toEqual([
      [],
      [
        { kind: 'latency', percentile: 99, belowMs: 50, says: 'p99 < 50ms' },
        { kind: 'latency', percentile: 99.9, belowMs: 1500, says: 'p99.9<1.5 s' },
        { kind: 'loss', belowShare: 0.005, says: 'loss < 0.5%' },
      ],
      [{ kind: 'unreachable', says: 'unreachable' }],
    ]);
    expect(file).toMatchObject({
      budget: { probesPerSecondPerNode: 5, pods: 12 },
      timeoutMs: 120_000,
      history: { keepMs: 7 * 86_400_000, file: 'sweeps.sqlite' },
      notify: { events: true, pushgateway: { url: 'http://push:9091' }, metricsFile: '/var/lib/kprobe.prom' },
      keepRecordings: false,
    });
  });

  test.for([
    ['history: none', 'none'],
    ['history: {}', { keepMs: 30 * 86_400_000, file: null }],
  ] as const)('%s', ([line, history]) => {
    expect(parse(`targets: [a.example.com]\n${line}`).history).toEqual(history);
  });
});

describe('what is wrong is told in a line with its place', () => {
  test.for([
    [
      'an unknown field',
      'targets: [a]\nbudgets: {}',
      'sweep.yaml:2:1: there is no field "budgets"; did you mean budget?',
    ],
    [
      'one in a target',
      'targets:\n- target: a\n  expects: []',
      'sweep.yaml:3:3: targets[0]: there is no field "expects"; did you mean expect?',
    ],
    [
      'one deep down',
      'targets: [a]\nnotify: {webhook: {uri: x, url: "http://x"}}',
      'sweep.yaml:2:20: notify.webhook: there is no field "uri"; did you mean url?',
    ],
    [
      'one in history',
      'targets: [a]\nhistory: {kep: 1d}',
      'sweep.yaml:2:11: history: there is no field "kep"; did you mean keep?',
    ],
    ['history as a word', 'targets: [a]\nhistory: nine', 'sweep.yaml:2:10: history: takes none, or keep and file'],
    [
      'a field of history',
      'targets: [a]\nhistory: {keep: 1y}',
      'sweep.yaml:2:17: history.keep: "1y" is not a time such as 30d',
    ],
    ['no targets', 'budget: {pods: 3}', 'sweep.yaml:1:1: targets: is missing'],
    ['an empty list', 'targets: []', 'sweep.yaml:1:10: targets: no targets: name at least one'],
    ['targets as a map', 'targets: {a: b}', 'sweep.yaml:1:10: targets: expected a list'],
    ['a list as file', '- a\n- b', 'sweep.yaml:1:1: expected a map of fields'],
    ['a word as file', 'shop.example.com', 'sweep.yaml:1:1: expected a map of fields'],
    ['a number as target', 'targets: [a, 5]', 'sweep.yaml:1:14: targets[1]: expected a map of fields'],
    [
      'a target with blanks',
      'targets: ["a b"]',
      'sweep.yaml:1:11: targets[0].target: The target "a b" has blanks in it; TARGET is a host, a URL, svc/NAME, pod/NAME, deploy/NAME, ingress/NAME or IP:PORT: kprobe diagnose shop.example.com',
    ],
    ['a target without name', 'targets:\n- namespace: a', 'sweep.yaml:2:3: targets[0].target: is missing'],
    [
      'a bad namespace',
      'targets: [{target: a, namespace: A_B}]',
      'sweep.yaml:1:34: targets[0].namespace: namespace: "A_B" cannot be the name of a namespace; at most 63 small letters, digits and "-"; kubectl get namespaces lists them',
    ],
    [
      'a from without workload',
      'targets: [{target: a, from: shop}]',
      'sweep.yaml:1:29: targets[0].from: shop is not NAMESPACE/WORKLOAD; for example shop/shop',
    ],
    [
      'an odd percentile',
      'targets: [{target: a, expect: [p98 < 5ms]}]',
      'sweep.yaml:1:32: targets[0].expect[0]: "p98 < 5ms" is not an expectation: p50, p90, p95, p99 or p99.9 < 50ms, loss < 1%, reachable, or unreachable',
    ],
    [
      'a word that is no expectation, without a list',
      'targets: [{target: a, expect: reached}]',
      'sweep.yaml:1:31: targets[0].expect[0]: "reached" is not an expectation: p50, p90, p95, p99 or p99.9 < 50ms, loss < 1%, reachable, or unreachable',
    ],
    [
      'a loss of nothing',
      'targets: [{target: a, expect: [loss < 0%]}]',
      'sweep.yaml:1:32: targets[0].expect[0]: "loss < 0%" is not an expectation: p50, p90, p95, p99 or p99.9 < 50ms, loss < 1%, reachable, or unreachable',
    ],
    [
      'an absurd rate',
      'targets: [a]\nbudget: {probesPerSecondPerNode: 1000000}',
      'sweep.yaml:2:34: budget.probesPerSecondPerNode: 1000000 is not a whole number from 1 to 500',
    ],
    [
      'a negative number of pods',
      'targets: [a]\nbudget: {pods: -1}',
      'sweep.yaml:2:16: budget.pods: -1 is not a whole number from 1 to 2000',
    ],
    [
      'a timeout of no time',
      'targets: [a]\nbudget: {timeout: 1s}',
      'sweep.yaml:2:19: budget.timeout: "1s" is out of range (20s to 1h)',
    ],
    [
      'a timeout that is none',
      'targets: [a]\nbudget: {timeout: soon}',
      'sweep.yaml:2:19: budget.timeout: "soon" is not a time such as 5m',
    ],
    [
      'a flag that is none',
      'targets: [a]\nkeepRecordings: maybe',
      'sweep.yaml:2:17: keepRecordings: "maybe" is not true or false',
    ],
    [
      'a webhook with nothing',
      'targets: [a]\nnotify: {webhook: {}}',
      'sweep.yaml:2:19: notify.webhook: needs either url or urlFromEnv',
    ],
    [
      'a kind of webhook',
      'targets: [a]\nnotify: {webhook: {url: "http://x", kind: teams}}',
      'sweep.yaml:2:43: notify.webhook.kind: it takes json or slack',
    ],
    [
      'two that are one',
      'targets:\n- a\n- {target: b}\n- {target: a}',
      'sweep.yaml:4:3: targets[2]: a is named twice, first as targets[0]',
    ],
    ['a key twice', 'targets: [a]\ntargets: [b]', 'sweep.yaml:2:1: Map keys must be unique'],
    ['a bracket', 'targets: [a', expect.stringMatching(/^sweep\.yaml:1:12: Flow sequence in block collection must be/)],
    ['a tab', 'targets:\n\t- a', expect.stringMatching(/^sweep\.yaml:2:1: /)],
  ] as const)('%s', ([, text, line]) => {
    expect(complaint(text)).toEqual([line]);
  });

  test('several things are several lines, in the order of the file', () => {
    const lines = complaint('targets: [{target: a, from: x, slowAfter: 0}]\nbudget: {pods: 0}\nnotfy: {}');
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'sweep.yaml:1:29:',
      'sweep.yaml:1:43:',
      'sweep.yaml:2:16:',
      'sweep.yaml:3:1:',
    ]);
  });

  test('hundreds of things are ten lines', () => {
    const lines = complaint(`targets:\n${'- {target: a, x: 1}\n'.repeat(300)}`);
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('… and 290 more');
  });

  test('an address that is none is not shown, for it may be a secret', () => {
    const [line] = complaint('targets: [a]\nnotify: {webhook: {url: "hooks.example.com/T0K3N"}}');
    expect(line).toBe('sweep.yaml:2:25: notify.webhook.url: is not an address that begins with http:// or https://');
  });
});

describe('a hostile file', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('')].map((name, index) =>
    index === 0
      ? name
      : `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[index - 1]}`).join(',')}]`,
  );

  test.for([
    ['empty', '', 'sweep.yaml is empty'],
    ['of comments', '# nothing\n', 'sweep.yaml is empty'],
    ['of dashes', '---\n', 'sweep.yaml is empty'],
    ['binary', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff]), 'sweep.yaml is no text'],
    ['of zeros', new Uint8Array(100), 'sweep.yaml is no text'],
    ['of ten megabytes', new Uint8Array(10_000_000), 'sweep.yaml is larger than a sweep file may be (1 MiB)'],
    ['a bomb of aliases', bomb.join('\n'), 'sweep.yaml: Excessive alias count indicates a resource exhaustion attack'],
  ] as const)('%s is refused in one line', ([, bytes, line]) => {
    expect(complaint(bytes)).toEqual([line]);
  });

  test('of deep brackets is refused', () => {
    expect(complaint(`targets: ${'['.repeat(20_000)}`)).not.toEqual([]);
  });

  test('with a prototype in it changes nothing', () => {
    expect(complaint('targets: [a]\n__proto__: {budget: {pods: 1}}')).toHaveLength(1);
    expect(({} as Record<string, unknown>)['budget']).toBeUndefined();
  });
});

describe('the address of a webhook', () => {
  const notify = parse('targets: [a]\nnotify: {webhook: {urlFromEnv: HOOK}}').notify;

  test('comes from the environment', () => {
    const { settings, limitations } = publishSettings(notify, { HOOK: 'https://hooks.example.com/x\n' });
    expect(settings.webhook).toEqual({ url: 'https://hooks.example.com/x', kind: 'json', always: false });
    expect(limitations).toEqual([]);
  });

  test.for([
    ['missing', {}, 'HOOK is not set'],
    ['nonsense', { HOOK: 'nowhere' }, 'the value of HOOK is no address'],
  ] as const)('that is %s is a limitation', ([, env, because]) => {
    expect(publishSettings(notify, env)).toMatchObject({ settings: { webhook: null }, limitations: [{ because }] });
  });
});

test("the README's example is a sweep file", () => {
  const [, example = ''] = /```yaml\n(targets:[\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  expect(parse(example).targets.map(({ key }) => key)).toEqual([
    'shop.example.com',
    'pay/svc/ledger from shop/checkout',
  ]);
});
