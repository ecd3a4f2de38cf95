/** Writes the files of deploy/helm/kprobe that are made from the source; values.yaml, helpers and notes are written by hand. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { chartFiles } from './chart/chart.ts';

const rules = readFileSync(new URL('../deploy/prometheus/kprobe.rules.yaml', import.meta.url), 'utf8');
for (const [name, text] of Object.entries(chartFiles(rules))) {
  const file = new URL(`../deploy/helm/kprobe/${name}`, import.meta.url);
  mkdirSync(dirname(file.pathname), { recursive: true });
  writeFileSync(file, text);
}
