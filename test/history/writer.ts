/**
 * `writer.ts FILE SERIES COUNT [KEEP]`: adds COUNT sweeps of a series, numbered from the last one on, and says each number on
 * stdout once it is kept. With KEEP only so many of the newest sweeps stay. A process of its own, to be killed.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openHistory } from '../../src/history/history.ts';
import { recording } from '../judge/make.ts';
import { CLUSTER, fault, report, startOf, target } from './make.ts';

const [file = '', series = '', count = '', keep = '1000000'] = process.argv.slice(2);
/** Some pages of results, and a recording of some pages that the next but three pushes out. */
const QUIET_TARGETS = 40;
const RECORDING_BYTES = 30_000;

let n = 0;
const keepMs = startOf(Number(keep)) - startOf(0);
const history = await openHistory({ file, keepMs, now: () => startOf(n) });
const last = await history.last({ cluster: CLUSTER, series });
const first = last === null ? 0 : Number(last.run.id.replace('run-', '')) + 1;
const quiet = Array.from({ length: QUIET_TARGETS }, (_, index) => target({ key: `${series}/${index}` }));
for (n = first; n < first + Number(count); n++) {
  const of = recording({ run: `run-${n}`, kprobe: randomBytes(RECORDING_BYTES).toString('base64') });
  await history.add(report(n, [fault({ verdict: null }), ...quiet], { series }), new Map([['shop/web', of]]));
  writeSync(1, `${n}\n`);
}
history.close();
