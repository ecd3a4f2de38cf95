import { expect, test } from 'vitest';
import { matrixRenderers } from '../../../src/render/matrix/render.ts';
import type { MatrixReport } from '../../../src/model/matrix.ts';
import { cut, matrix, touches } from '../../judge/matrix/mesh-world.ts';

const csv = (report: MatrixReport) => matrixRenderers.csv(report).split('\r\n');

test('a line for each node pair, with numbers and nothing where there are none', () => {
  const [header, ...lines] = csv(matrix({ zones: [2, 2], networks: ['pod'], breaks: [cut('pod', touches('n21'))] }));
  expect(header?.split(',')).toHaveLength(18);
  expect(lines).toHaveLength(12 + 1);
  expect(lines.find((line) => line.includes('n11,zone-1,n12'))).toBe(
    'node-pair,pod,n11,zone-1,n12,zone-1,good,6,0,0,0.39,0.4,0.4,0.4,0.2,0.2,0.2,8900',
  );
  expect(lines.find((line) => line.includes('n11,zone-1,n21'))).toBe(
    'node-pair,pod,n11,zone-1,n21,zone-2,broken,6,1,0.61,1,,,,,,,',
  );
});

test('a name is text for a spreadsheet, whatever it looks like', () => {
  const report = matrix({ zones: [2], networks: ['pod'] });
  const cells = report.cells.map((cell) => ({ ...cell, from: '=HYPERLINK("x"),1\n' }));
  expect(csv({ ...report, cells })[1]).toContain(`node-pair,pod,"'=HYPERLINK(""x""),1 ",`);
});
