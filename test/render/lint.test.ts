import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { z } from 'zod';
import { rules } from '../../src/lint/index.ts';
import { LINT_SCHEMA, type LintFinding, type LintReport } from '../../src/model/lint.ts';
import { LINT_OUTPUTS, lintRenderers } from '../../src/render/lint/render.ts';
import type { LintRenderOptions } from '../../src/render/lint/options.ts';

const junit = readFileSync(new URL('junit.xsd', import.meta.url), 'utf8');
const schema = readFileSync(new URL('../../docs/lint.schema.json', import.meta.url), 'utf8');
const options: LintRenderOptions = { width: 80, colour: false, unicode: true, verbose: false, rules };

function finding(over: Partial<LintFinding> = {}): LintFinding {
  return {
    diagnosis: 'empty-service',
    class: 'service',
    certainty: 'possible',
    title: 'Service shop/web selects no pod: app=wbe',
    object: { kind: 'Service', namespace: 'shop', name: 'web' },
    where: null,
    timer: null,
    explains: 0,
    evidence: [{ label: 'Who', says: 'app=wbe: nobody has it', samples: [] }],
    fix: { says: 'Select app: web.', manifest: 'spec: {selector: {app: web}}\n' },
    wouldSettle: 'kprobe diagnose svc/web',
    place: { file: 'deploy/a b.yaml', line: 12, column: 8 },
    key: 'empty-service Service shop/web spec.selector',
    accepted: false,
    ...over,
  };
}

function report(over: Partial<LintReport> = {}): LintReport {
  return {
    schema: LINT_SCHEMA,
    status: 'faulty',
    summary: '1 finding in 1 Service',
    findings: [finding(), finding({ accepted: true, key: 'x y z' }), finding({ place: null, fix: null })],
    notChecked: [{ what: 'pods', because: 'may not list pods' }],
    checked: [{ kind: 'Service', objects: 1 }],
    gone: [],
    run: { startedAt: '2026-11-29T10:00:00.000Z', tookMs: 120, kprobe: '0.1.0' },
    ...over,
  };
}

const hostile = report({
  findings: [
    finding({
      title: '\u001b[31m]]><b>"\u202e',
      key: '</testcase>',
      place: { file: 'a\u001b[2J"<&.yaml', line: 1, column: 1 },
    }),
  ],
  notChecked: [{ what: '"/></testsuite>', because: '\u0000' }],
});
const empty = report({ status: 'inconclusive', findings: [], summary: 'there is nothing that lint looks at' });

test.for(LINT_OUTPUTS)('nothing of a manifest reaches a screen raw: %s', (output) => {
  // eslint-disable-next-line no-control-regex
  expect(lintRenderers[output](hostile, options)).not.toMatch(/[\u0000-\u0009\u001b\u202e]/u);
});

test('JUnit that strict readers take', async () => {
  for (const given of [report(), hostile, empty]) {
    const xml = lintRenderers.junit(given, options);
    const { errors } = await validateXML({ xml: [{ fileName: 'report.xml', contents: xml }], schema: [junit] });
    expect(errors).toEqual([]);
  }
  const xml = lintRenderers.junit(report(), options);
  expect(xml.match(/<failure /gu)).toHaveLength(2);
  expect(xml).toContain('message="deploy/a b.yaml:12:8: Service shop/web');
  expect(lintRenderers.junit(empty, options)).toContain('<error ');
});

test('JSON that its schema takes, and nothing else', () => {
  const isValid = new Ajv2020({ strict: true }).compile(JSON.parse(schema) as object);
  isValid(JSON.parse(lintRenderers.json(report(), options)));
  expect(isValid.errors).toBeNull();
  expect(isValid({ ...report(), extra: 1 })).toBe(false);
});

describe('SARIF', () => {
  const Sarif = z.looseObject({
    version: z.literal('2.1.0'),
    runs: z.tuple([
      z.looseObject({
        tool: z.object({
          driver: z.looseObject({ name: z.literal('kprobe'), rules: z.array(z.looseObject({ id: z.string() })) }),
        }),
        results: z.array(
          z.looseObject({
            ruleId: z.string(),
            ruleIndex: z.int().min(0),
            level: z.enum(['note', 'warning', 'error']),
            message: z.strictObject({ text: z.string().min(1) }),
            locations: z.array(z.looseObject({})).min(1),
            suppressions: z.array(z.looseObject({ kind: z.literal('external') })).optional(),
          }),
        ),
      }),
    ]),
  });

  test('results point at their rule, their line, and are accepted where a baseline says so', () => {
    const { runs } = Sarif.parse(JSON.parse(lintRenderers.sarif(report(), options)));
    const [{ results, tool }] = runs;
    expect(results).toHaveLength(3);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(results[0]?.locations[0]).toMatchObject({
      physicalLocation: { artifactLocation: { uri: 'deploy/a%20b.yaml' }, region: { startLine: 12, startColumn: 8 } },
    });
    expect(results.map(({ suppressions }) => suppressions?.length ?? 0)).toEqual([0, 1, 0]);
    expect(results[2]?.locations[0]).not.toHaveProperty('physicalLocation');
  });

  test('every id of a rule is described once', () => {
    const [{ tool }] = Sarif.parse(JSON.parse(lintRenderers.sarif(empty, options))).runs;
    const ids = tool.driver.rules.map(({ id }) => id);
    expect(ids.toSorted()).toEqual([...new Set(rules.flatMap((rule) => rule.ids))].toSorted());
  });
});

test('what is accepted is shown only where it is asked for', () => {
  expect(lintRenderers.terminal(report(), options)).not.toContain('by the baseline');
  expect(lintRenderers.terminal(report(), { ...options, verbose: true })).toContain('by the baseline');
  expect(lintRenderers.markdown(report(), options)).not.toContain('(accepted)');
  expect(lintRenderers.markdown(report(), { ...options, verbose: true })).toContain('(accepted)');
});

test('the first fix is shown as YAML; of the others it is said where it is', () => {
  const other = finding({ key: 'other', fix: { says: 'Let it wait:', manifest: 'lifecycle: {}\n' } });
  const text = lintRenderers.terminal(report({ findings: [finding(), other] }), options);
  expect(text).toContain('spec: {selector: {app: web}}');
  expect(text).not.toContain('lifecycle');
  expect(text).toContain('Let it wait (-v shows the YAML).');
  expect(lintRenderers.terminal(report({ findings: [other] }), { ...options, verbose: true })).toContain(
    'Let it wait:',
  );
});
