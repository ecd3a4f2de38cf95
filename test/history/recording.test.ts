import { expect, test } from 'vitest';
import { openHistory } from '../../src/history/history.ts';
import { openPast } from '../../src/history/past.ts';
import { judge } from '../../src/judge/judge.ts';
import { parseRecording } from '../../src/recording/parse.ts';
import { closedTo, slowEntries } from '../judge/breaks.ts';
import { allowIngress, run, shopCluster } from '../judge/world.ts';
import { DAY_MS, fault, newFile, report, startOf } from './make.ts';

const crossNode = closedTo((from, fromNode, node) => from.startsWith('control') || fromNode !== node);

test('what was kept is judged as it was on the day', async () => {
  const live = run({ cluster: shopCluster({ networkPolicies: [allowIngress] }), breaks: [crossNode, slowEntries] });
  expect(judge(live).status).toBe('faulty');
  const file = newFile();
  const history = await openHistory({ file, keepMs: DAY_MS, now: () => startOf(0) });
  await history.add(report(0, [fault()]), new Map([['shop/web', live]]));
  history.close();
  const past = await openPast({ file });
  const bytes = await past.recording('shop/web', null);
  past.close();
  const again = parseRecording(JSON.parse(Buffer.from(bytes ?? []).toString()));
  expect(again.ok && again.value).toEqual(live);
  expect(again.ok && judge(again.value)).toEqual(judge(live));
});
