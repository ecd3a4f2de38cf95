import { readFileSync } from 'node:fs';
import { validateXML } from 'xmllint-wasm';
import { describe, expect, test } from 'vitest';
import { checkRenderers } from '../../../src/render/check/render.ts';
import { checkReport } from '../checks.ts';

const page = { width: 120, colour: false, unicode: true, verbose: false };
const report = checkReport();

describe('a check', () => {
  test.for([
    ['wide.txt', 'terminal', page],
    ['narrow.txt', 'terminal', { ...page, width: 60 }],
    ['verbose-ascii.txt', 'terminal', { ...page, unicode: false, verbose: true }],
    ['check.md', 'markdown', page],
    ['junit.xml', 'junit', page],
  ] as const)('%s', async ([file, output, options]) => {
    await expect(checkRenderers[output](report, options)).toMatchFileSnapshot(`golden/${file}`);
  });

  test('no line is wider than the page, and no name of a policy is cut', () => {
    for (const width of [50, 60, 80, 120]) {
      const lines = checkRenderers.terminal(report, { ...page, width }).split('\n');
      // Columns of names are as wide as the names are, and a command is never broken.
      expect(lines.filter((line) => /policies say|Measured {2}/u.test(line) && line.length > width)).toEqual([]);
      expect(lines.join(' ')).toContain('shop/api-for-web (ingress)');
    }
  });

  test('is JUnit that a strict reader takes: a failure, two errors, two passed', async () => {
    const xml = checkRenderers.junit(report, page);
    const schema = readFileSync(new URL('../junit.xsd', import.meta.url), 'utf8');
    const { errors } = await validateXML({ xml: [{ fileName: 'report.xml', contents: xml }], schema: [schema] });
    expect(errors).toEqual([]);
    expect(xml).toContain('<testsuites name="kprobe" tests="5" failures="1" errors="2"');
    expect(xml).toContain('pay/checkout must reach shop/svc/api');
  });
});
