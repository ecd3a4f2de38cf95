import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const DEMO = fileURLToPath(new URL('../../../src/demo-sweep.ts', import.meta.url));

/** The parts of what three sweeps printed, one after the other. */
function pagesOf(stdout: string): string[] {
  return stdout.split(/(?<=kprobe \d+\.\d+\.\d+)\n/u).map((page) => page.trim());
}

test('a fault made between two sweeps is new in the second and, with its fix applied, gone in the third', async () => {
  const { code, stdout, stderr } = await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [DEMO], { maxBuffer: 1 << 24 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout: out, stderr: err });
    });
  });
  expect(code, `${stderr}`).toBe(0);
  const [first = '', second = '', third = ''] = pagesOf(stdout);
  expect(first).toMatch(/^✓ 5 targets: 5 healthy/u);
  expect(second).toMatch(/^✗ 5 targets: 1 faulty and 4 healthy; new: shop\/svc\/api from shop\/web/u);
  expect(second).toContain('NetworkPolicy shop/api-for-web');
  expect(third).toMatch(/^✓ 5 targets: 5 healthy; gone: shop\/svc\/api from shop\/web/u);
});
