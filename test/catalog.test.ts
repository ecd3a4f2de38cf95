/** One id, everywhere: every diagnosis has its file, its place in the list, its words, its test, its scenario and its page. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { diagnosesPage, withDiagnoses } from '../scripts/diagnoses-page.ts';
import { experiments } from '../src/model/experiment.ts';
import { diagnoses, experimentsAsked } from '../src/judge/diagnoses/index.ts';
import { expectedFindings, Scenario } from '../src/lab/scenario/scenario.ts';

/** Files that define a diagnosis; the others hold what several of them share. */
const ids = globSync('src/judge/diagnoses/*.ts')
  .filter((file) => readFileSync(file, 'utf8').match(/export default defineDiagnosis[<(]/u) !== null)
  .map((file) => basename(file, '.ts'))
  .toSorted();
const scenarios = globSync('src/lab/scenarios/*/')
  .map((folder) => basename(folder))
  .toSorted();

/** Their limits are the kernel's, of all its network namespaces together: a lab cannot set them. Their tables are fed by files of the real shape. */
const NOT_IN_THE_LAB = new Set(['full-conntrack', 'full-neighbor-table']);

test('every diagnosis is listed under the name of its file', () => {
  expect(diagnoses.map(({ id }) => id).toSorted()).toEqual(ids);
});

test('every experiment is asked for by a diagnosis: nothing is planned that nobody reads', () => {
  expect([...experimentsAsked].toSorted()).toEqual(Object.keys(experiments).toSorted());
});

test('docs/diagnoses.md is what npm run docs writes', () => {
  expect(readFileSync('docs/diagnoses.md', 'utf8')).toBe(diagnosesPage(diagnoses));
});

test("the README's list of diagnoses is that of today", () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(readme).toMatch(/<!-- diagnoses -->\n\d+ diagnoses:/u);
  expect(withDiagnoses(readme, diagnoses)).toBe(readme);
});

describe.for(diagnoses.map((diagnosis) => [diagnosis.id, diagnosis] as const))('%s', ([id, diagnosis]) => {
  test.for(['title', 'why', 'test', 'remedy', 'limits'] as const)('says its %s', (field) => {
    expect(diagnosis[field].trim()).not.toBe('');
  });

  test('has a test with silent and with speaking cases', () => {
    const code = readFileSync(`test/judge/diagnoses/${id}.test.ts`, 'utf8');
    expect(code).toContain(`'${id}'`);
    expect(code).toMatch(/\(\s*'silent/u);
    expect(code).toMatch(/\(\s*'speaking/u);
  });

  test('has a scenario that expects it', () => {
    const isThere = existsSync(`src/lab/scenarios/${id}/manifests.yaml`);
    expect(isThere).toBe(!NOT_IN_THE_LAB.has(id));
    const expected = isThere
      ? expectedFindings(scenarioOf(id).expect).map(({ diagnosis }) => diagnosis)
      : [...NOT_IN_THE_LAB];
    expect(expected).toContain(id);
  });
});

test('at least four scenarios are healthy', () => {
  expect(scenarios.filter((name) => scenarioOf(name).expect.status === 'healthy').length).toBeGreaterThanOrEqual(4);
});

describe.for(scenarios)('scenario %s', (name) => {
  test('is read, and expects diagnoses that exist', () => {
    const { expect: expected } = scenarioOf(name);
    const findings = expectedFindings(expected).map(({ diagnosis }) => diagnosis);
    expect(ids).toEqual(expect.arrayContaining(findings));
    expect(findings.length > 0 || expected.status !== 'faulty').toBe(true);
  });

  test('has manifests of named Kubernetes objects', () => {
    const documents = parseAllDocuments(readFileSync(`src/lab/scenarios/${name}/manifests.yaml`, 'utf8'));
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    for (const document of documents)
      expect(document.toJS()).toMatchObject({
        apiVersion: expect.any(String),
        kind: expect.any(String),
        metadata: { name: expect.any(String) },
      });
  });
});

function scenarioOf(name: string): Scenario {
  return Scenario.parse(parse(readFileSync(`src/lab/scenarios/${name}/scenario.yaml`, 'utf8')));
}
