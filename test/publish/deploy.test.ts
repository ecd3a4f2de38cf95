/** What is deployed beside kprobe, and what is written about it, speaks of metrics that exist. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { FAMILIES } from '../../src/publish/metrics/families.ts';
import { Notice } from '../../src/publish/notice/notice.ts';
import { dashboardQueries } from './dashboard-queries.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const RULES = 'deploy/prometheus/kprobe.rules.yaml';
const families = Object.values(FAMILIES);
const page = read('docs/metrics.md');

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: { readonly severity: string };
    }[];
  }[];
}
const rules = (parse(read(RULES)) as Rules).groups.flatMap((group) => group.rules);

const expressions = [
  ...dashboardQueries().map(({ title, expr }) => [`panel ${title}`, expr] as const),
  ...rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
];

test.for(expressions)('%s asks for metrics and labels that are told', ([, expr]) => {
  const asked = [...expr.matchAll(/(kprobe_\w+)(?:\{([^}]*)\})?/g)];
  expect(asked.length).toBeGreaterThan(0);
  for (const [, name, matchers = ''] of asked) {
    const found = families.find((family) => family.name === name);
    if (found === undefined) throw new Error(`no such metric: ${name}`);
    const labels = [...matchers.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label]) => label);
    expect(['cluster', 'sweep', ...found.labels]).toEqual(expect.arrayContaining(labels));
  }
});

test('the dashboard needs no data source but the one that is chosen', () => {
  const dashboard = JSON.parse(read('deploy/grafana/kprobe.json')) as {
    templating: { list: { name: string; type: string }[] };
  };
  expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
  const uids = [...read('deploy/grafana/kprobe.json').matchAll(/"uid": "([^"]*)"/g)].map(([, uid]) => uid);
  expect(new Set(uids)).toEqual(new Set(['kprobe', '${datasource}']));
});

test('no two panels overlap', () => {
  const { panels } = JSON.parse(read('deploy/grafana/kprobe.json')) as {
    panels: { gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(cells.every((cell) => Number.parseInt(cell, 10) < 24)).toBe(true);
});

test.for(rules)('$alert is documented, and seen to fire and to resolve', ({ alert, labels }) => {
  expect(page).toMatch(new RegExp(`^\\| \`${alert}\` \\| .* \\| ${labels.severity} \\|$`, 'm'));
  const { tests } = parse(read('deploy/prometheus/kprobe.rules.test.yaml')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const runs = tests.map((each) => each.alert_rule_test.filter(({ alertname }) => alertname === alert));
  const fires = runs.find((run) => run.some(({ exp_alerts }) => exp_alerts.length > 0));
  expect(fires?.at(-1)?.exp_alerts).toEqual([]);
});

test.for(families)('$name is documented', ({ name, otlp, unit, labels, help }) => {
  const cells = [`\`${name}\``, `\`${otlp}\` (${unit})`, labels.map((label) => `\`${label}\``).join(', '), help];
  expect(page).toContain(`| ${cells.join(' | ')} |`.replace('|  |', '| |'));
});

test('the documented notice is one', () => {
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect(Notice.parse(JSON.parse(example)).changes).toHaveLength(1);
});
