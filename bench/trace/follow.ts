/**
 * Follows one flow many times in the cluster of KUBECONFIG and prints for each run a line of JSON: in what the report was wrong, and how long it took.
 * `node bench/trace/follow.ts CLI FAULT RUNS AT_ONCE [ARGUMENT…]`: ARGUMENTs go to kprobe. A program of its own: it must run where the cluster is reached.
 */
import { execFile } from 'node:child_process';
import pLimit from 'p-limit';
import { connect } from '../../src/api/client.ts';
import type { ClusterClient } from '../../src/api/cluster-client.ts';
import { mapAt, nameOf, textAt } from '../../src/api/fields.ts';
import { RESOURCES } from '../../src/api/resources.ts';
import { FlowTrace } from '../../src/model/flow-trace.ts';
import { differences } from './expected.ts';
import { LAB_FAULTS } from './faults.ts';
import { RIG_FAULTS } from './rig-faults.ts';

const CONNECT_MS = 20_000;
const LIMIT_MS = 120_000;

const [cli = '', name = '', runs = '1', atOnce = '1', ...more] = process.argv.slice(2);
const fault = [...LAB_FAULTS, ...RIG_FAULTS].find((each) => each.name === name);
if (fault === undefined) throw new Error(`there is no fault ${name}`);
const client = await connect({ timeoutMs: CONNECT_MS, signal: AbortSignal.timeout(CONNECT_MS) });
const { namespace } = fault.flow;
const [from, to] = [await filled(fault.flow.from, client), await filled(fault.flow.to, client)];
await client.close();
const argv = [
  cli,
  'trace',
  from,
  to,
  ...(namespace === undefined ? [] : ['-n', namespace]),
  '-q',
  '-o',
  'json',
  ...more,
];
const limit = pLimit(Number(atOnce));
await Promise.all(Array.from({ length: Number(runs) }, () => limit(follow)));

async function follow(): Promise<void> {
  const began = Date.now();
  const { stdout, said } = await new Promise<{ stdout: string; said: string }>((resolve) => {
    execFile(process.execPath, argv, { timeout: LIMIT_MS, maxBuffer: 1 << 26 }, (_error, out, err) =>
      resolve({ stdout: out, said: err }),
    );
  });
  const tookMs = Date.now() - began;
  const wrong = read(stdout) ?? [`no report: ${said.trim().slice(0, 300)}`];
  process.stdout.write(`${JSON.stringify({ wrong, tookMs })}\n`);
}

/** null: there is none. */
function read(text: string): string[] | null {
  try {
    const report = FlowTrace.parse(JSON.parse(text));
    const unmeasured = report.notMeasured.map(({ what, because }) => `not measured: ${what}: ${because}`);
    const wrong = differences(report, fault?.expects ?? null);
    return wrong.length === 0 ? [] : [...wrong, ...unmeasured];
  } catch {
    return null;
  }
}

/** `{NAMESPACE LABEL=VALUE NODE}` → the name of the first such pod that runs and stays. */
async function filled(text: string, { list }: ClusterClient): Promise<string> {
  const [asked, space = '', label = '', , node] = /\{(\S+) (\S+?)( (\S+))?\}/u.exec(text) ?? [];
  if (asked === undefined) return text;
  const listed = await list(RESOURCES.pods, { namespace: space, labelSelector: label });
  const pods = listed.ok ? listed.value : [];
  const pod = pods.find(
    (each) =>
      textAt(each, 'status', 'phase') === 'Running' &&
      mapAt(each, 'metadata')['deletionTimestamp'] === undefined &&
      (node === undefined || textAt(each, 'spec', 'nodeName') === node),
  );
  const found = nameOf(pod)?.name;
  if (found === undefined) throw new Error(`no pod with ${label} in ${space} on ${node ?? 'any node'}`);
  // FROM takes a pod by its namespace and name.
  return text === asked ? `${space}/${found}` : text.replace(asked, found);
}
