import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { nodeProblem, OLDEST_NODE } from '../src/oldest-node.ts';

test('it is the one that npm is told of', () => {
  expect(packageJson.engines.node).toBe(`>=${OLDEST_NODE}`);
});

test.for(['22.19.0', '22.22.1', '24.0.0', '26.1.0', '100.0.0'])('%s will do', (version) => {
  expect(nodeProblem(version)).toBeNull();
});

test.for(['14.8.0', '18.20.8', '20.20.2', '22.2.0', '22.18.0', '4.9.1'])('%s is too old', (version) => {
  expect(nodeProblem(version)).toMatch(
    new RegExp(`^Node\\.js 22\\.19 or newer is needed \\(this is ${version}\\)[^\\n]*$`),
  );
});

test('what is read before that is known imports nothing that an old Node could not read', () => {
  const imports = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8').match(/^import .*/gmu) ?? [];
  expect(imports('../src/cli.ts')).toEqual(["import { nodeProblem } from './oldest-node.ts';"]);
  expect([...imports('../src/cli-complete.ts'), ...imports('../src/oldest-node.ts')]).toEqual([]);
});
