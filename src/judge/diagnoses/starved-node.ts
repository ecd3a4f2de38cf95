import { duration, list, percent } from '../../model/format.ts';
import { derived } from '../derived.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { lateBy } from '../engine/shows.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence, Attempt } from '../evidence/evidence.ts';
import { median } from '../evidence/median.ts';
import { nodeView, pressureOf } from '../evidence/node-facts.ts';
import { answerMsOf, isStarvedNode, nodeCpus, othersShare } from '../views/node-cpu.ts';
import { line } from '../words/words.ts';

/** Of a path's answers at least so many are slow, and at least two. */
const SLOW_SHARE = 0.3;
const FEWEST = 2;
/** What proxy and Service add, and how far waits spread beyond those seen directly. */
const SPREAD = 2;

export default defineDiagnosis({
  id: 'starved-node',
  class: 'application',
  layer: 'node',
  title: 'A node has no CPU to spare, and everything that runs there answers late',
  why: 'The kernel of the node accepts connections at once, for that needs no process; then the request waits until the application is given a CPU. So connects are quick, first bytes late, for all pods of the node alike, in proportion to what is placed there.',
  test: "Answers of the application on this node are late after a quick connect, and kprobe's own pods there were ready to run and had no CPU for a good part of their time (/proc/self/schedstat), many times that of the other nodes; where the application has endpoints elsewhere, they answer in time.",
  remedy:
    'See who uses it (kubectl top pods; top on the node), give such pods limits or the others requests, drain or resize the node; look for a kernel thread or an agent outside Kubernetes as well.',
  limits:
    'A busy node whose answers are in time is not reported. Where all nodes are busy, none stands out. Figures of the whole machine are not blamed on a node that shares it with others. Never proven: what took the CPU is not seen, and it may be the application itself. The answers of kprobe itself may come in time all the same, for the scheduler prefers what hardly runs.',
  experiments: ['endpoints', 'node-pairs', 'identities'],
  suspects: (evidence) => [...nodeCpus(evidence).values()],
  arm: ({ node }, evidence) => {
    const paths = slowAnswersOf(evidence, node);
    return { paths, fails: paths.length > 0 };
  },
  contrasts: (cpu, evidence) => [
    {
      label: 'CPU',
      holds: isStarvedNode(evidence, cpu),
      says: `kprobe's pods on ${cpu.node} had no CPU in ${percent(cpu.waitedShare ?? 0)} of their time, on the other nodes in ${percent(othersShare(evidence, cpu) ?? 0)}`,
      attempts: [],
      settles: `Read how long processes wait on ${cpu.node} (/proc/pressure/cpu).`,
    },
    ...elsewhereOf(evidence, cpu.node),
    {
      label: 'Cause',
      holds: null,
      says: '',
      attempts: [],
      settles: `See who uses the CPUs of ${cpu.node} (kubectl top pods -A, top on the node), and measure again when they are free.`,
    },
  ],
  suffer: ({ node }, evidence) => {
    const direct = slowPathsTo(evidence, node);
    const through = evidence.paths.filter(
      (path) => path.path.to.kind === 'service' && isSlow(evidence, path) && direct.some(isOf(path)),
    );
    return [...direct, ...through];
  },
  shows: ({ node }, evidence) => {
    const times = slowAnswersOf(evidence, node).flatMap((path) =>
      slowAttempts(evidence, path).map(({ sample }) => sample.totalMs),
    );
    return lateBy(evidence.slowAfterMs, SPREAD * Math.max(...times));
  },
  blame: ({ node }, evidence) => {
    const [share, answerMs] = [pressureOf(nodeView(evidence, node)), answerMsOf(evidence, node)];
    return {
      title: `Node ${node} has no CPU to spare: what runs there answers late`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: 'all nodes', to: node },
      lines: [
        ...(share === null
          ? []
          : [line('Pressure', `some task of ${node} waited for a CPU in ${percent(share)} of the time`)]),
        ...(answerMs === null
          ? []
          : [line('Beside it', `kprobe's own answers from ${node} take ${duration(answerMs)} to come`)]),
      ],
      fix: {
        says: `kubectl top node ${node}; kubectl top pods -A --field-selector spec.nodeName=${node}; then move or limit what uses it, or drain the node.`,
        manifest: null,
      },
    };
  },
});

/** Nothing where the application has no endpoint on another node: kprobe's own answers are beside it all the same. */
function elsewhereOf(evidence: Evidence, node: string): Contrast[] {
  const elsewhere = directPaths(evidence).filter((path) => nodeOf(path) !== node && path.from.node !== node);
  if (elsewhere.length === 0) return [];
  const nodes = [...new Set(elsewhere.flatMap((path) => nodeOf(path) ?? []))];
  return [
    {
      label: 'Elsewhere',
      holds: !elsewhere.some((path) => isSlow(evidence, path)),
      says: `the same request is answered in ${duration(median(elsewhere.flatMap((path) => path.median('total') ?? [])) ?? 0)} on ${list(nodes)}`,
      attempts: elsewhere.flatMap(({ answered }) => answered).slice(0, 10),
      settles: '',
    },
  ];
}

/** Once for all nodes: of these there may be thousands, and of paths tens of thousands. */
const directPaths = derived(({ paths }: Evidence): readonly PathEvidence[] =>
  paths.filter(
    (path) => path.path.to.kind === 'backend' && path.path.probe.kind === 'http' && path.answered.length > 0,
  ),
);

function slowPathsTo(evidence: Evidence, node: string): PathEvidence[] {
  return directPaths(evidence).filter((path) => nodeOf(path) === node && isSlow(evidence, path));
}

/** As others hear them: who asks from the node itself waits as well. */
function slowAnswersOf(evidence: Evidence, node: string): PathEvidence[] {
  return slowPathsTo(evidence, node).filter(({ from }) => from.node !== node);
}

function isSlow(evidence: Evidence, path: PathEvidence): boolean {
  const slow = slowAttempts(evidence, path).length;
  return slow >= FEWEST && slow >= SLOW_SHARE * path.answered.length;
}

/** Connected quickly, nothing sent twice, and late to the first byte. */
function slowAttempts({ slowAfterMs }: Evidence, { timed }: PathEvidence): Attempt[] {
  return timed.filter(({ sample }) => {
    const { connect = 0, 'first-byte': firstByte = 0 } = sample.phases;
    const isSentOnce = sample.synRetransmissions === 0 && sample.dataRetransmissions === 0;
    return firstByte >= slowAfterMs && connect < slowAfterMs && isSentOnce;
  });
}

function nodeOf({ path: { to } }: PathEvidence): string | null {
  return 'node' in to ? to.node : null;
}

function isOf(path: PathEvidence): (other: PathEvidence) => boolean {
  return (other) => other.from.id === path.from.id;
}
