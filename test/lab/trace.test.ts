/** `kprobe trace` in a miniature cluster: a flow that a rule of the far node drops, the same flow to another node, and killed pods. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { FlowTrace } from '../../src/model/flow-trace.ts';

const SCENARIO = 'node-firewall-traced';

/** In one lab, all at once; each exit code follows its report. worker-2 drops port 8095 of its pods, in a table of its own. */
const SCRIPT = `
podOn() { "$NODE" -e "$POD_ON" "$1"; }
follow() { "$NODE" src/cli.ts trace -q -o json "$@" > "$FOLDER/$2.json"; echo "exit $?" >> "$FOLDER/$2.json"; }
follow worker-1 "depot/$(podOn worker-2):8095" & first=$!
follow deploy/crane "depot/$(podOn worker-3):8095" -n depot & second=$!
wait $first $second
for node in worker-2 worker-3; do cat "$FOLDER/depot/$(podOn $node):8095.json"; echo "----"; done
`;

/** What `kubectl get pods` would say, which a bare machine does not have: the name of the pod of a node. */
const POD_ON = `
const [, server] = /server: (\\S+)/.exec(require('fs').readFileSync(process.env.KUBECONFIG, 'utf8'));
fetch(server + '/api/v1/namespaces/depot/pods')
  .then((answer) => answer.json())
  .then(({ items }) => console.log(items.find(({ spec }) => spec.nodeName === process.argv[1]).metadata.name));
`;

async function followed(): Promise<{ readonly report: FlowTrace; readonly exitCode: number }[]> {
  const script = `FOLDER=$(mktemp -d); mkdir "$FOLDER/depot"; ${SCRIPT} rm -r "$FOLDER"`;
  const lab = spawn(process.execPath, ['src/cli.ts', 'lab', 'run', SCENARIO, '--', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE: process.execPath, POD_ON },
  });
  const parts = (await text(lab.stdout)).split('----\n').filter((part) => part.trim() !== '');
  return parts.map((part) => {
    const [json = '', exitCode = ''] = part.split(/^exit /mu);
    return { report: FlowTrace.parse(JSON.parse(json)), exitCode: Number(exitCode) };
  });
}

test(
  'the rule of the far node, with hook, chain and verdict; and a way that is open',
  { timeout: 240_000 },
  async () => {
    const [dropped, open] = await followed();
    expect(dropped).toMatchObject({ exitCode: 1, report: { status: 'faulty', from: { node: 'worker-1', pod: null } } });
    const last = dropped?.report.ways.find(({ end }) => end === 'dropped');
    expect(last).toMatchObject({ node: 'worker-2', direction: 'request', layer: 'packet', lastHook: 'forward' });
    expect(last?.steps.at(-1)).toMatchObject({
      hook: 'forward',
      priority: -300,
      family: 'ip',
      table: 'faults',
      chain: 'forward',
      verdict: 'drop',
      program: null,
    });
    // The overlay's packets that carried it came through.
    expect(dropped?.report.ways.filter(({ layer }) => layer === 'outer').map(({ end }) => end)).toContain('passed');
    expect(open).toMatchObject({ exitCode: 0, report: { status: 'healthy', from: { pod: { namespace: 'depot' } } } });
    expect(open?.report.ways.every(({ end }) => end === 'passed')).toBe(true);
    expect(new Set(open?.report.ways.map(({ node }) => node))).toEqual(new Set([open?.report.from.node, 'worker-3']));
  },
);
