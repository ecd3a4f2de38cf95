/** The tools of `kprobe mcp`: each is a command with fewer flags, and its JSON. */
import { z } from 'zod';
import { SweepHistory, TargetHistory } from '../model/history.ts';
import { LintReport } from '../model/lint.ts';
import { MatrixReport } from '../model/matrix.ts';
import { TIMINGS_SCHEMA, TimingsReport } from '../model/timings.ts';
import { Verdict } from '../model/verdict.ts';
import type { Flags } from '../options.ts';
import { renderSweepHistory } from '../render/history/sweeps-page.ts';
import { renderTargetHistory } from '../render/history/target-page.ts';
import { renderLintMarkdown } from '../render/lint/markdown.ts';
import { matrixRenderers } from '../render/matrix/render.ts';
import { renderers } from '../render/render.ts';
import { timingsRenderers } from '../render/timings/render.ts';
import type { Command } from './command.ts';
import { diagnose } from './diagnose.ts';
import { explain } from './explain.ts';
import { history } from './history.ts';
import { lint } from './lint.ts';
import { matrix } from './matrix.ts';

/** What a call asks a command for. */
export interface Asked {
  readonly flags: Flags;
  readonly stdin: string;
}

export interface Answer {
  /** For reading, beside the whole of it. */
  readonly text: string;
  readonly structured: Record<string, unknown>;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly command: Command;
  /** It places pods. */
  readonly measures: boolean;
  /** `input` as its schema has made it. */
  asked(input: unknown): Asked;
  /** `printed`: what the command printed as JSON. */
  answer(printed: unknown): Answer;
}

interface Definition<I extends z.ZodObject, O extends z.ZodObject> extends Omit<
  Tool,
  'input' | 'output' | 'asked' | 'answer'
> {
  readonly input: I;
  readonly output: O;
  asked(input: z.infer<I>): Partial<Asked>;
  shaped?(printed: unknown): unknown;
  text(output: z.infer<O>): string;
}

function tool<I extends z.ZodObject, O extends z.ZodObject>(definition: Definition<I, O>): Tool {
  const { input, output, shaped = (printed: unknown) => printed } = definition;
  return {
    ...definition,
    asked: (given) => ({ flags: {}, stdin: '', ...definition.asked(input.parse(given)) }),
    answer: (printed) => {
      const structured = output.parse(shaped(printed));
      return { text: definition.text(structured), structured };
    },
  };
}

const page = { width: 100, colour: false, unicode: true };
const verdictPage = { ...page, verbose: false, again: null };
const timeout = z.string().describe('For the whole run: 30s, 2m').optional();

export const TOOLS: readonly Tool[] = [
  tool({
    name: 'diagnose',
    title: 'Diagnose a target',
    description:
      'Finds out why a host, Service, pod or address in the Kubernetes cluster is slow or unreachable: which timer, which hop, which object, with a fix. ' +
      'Places probe pods for some 10 to 45 seconds and removes them; changes nothing else.',
    input: z.strictObject({
      target: z
        .string()
        .describe('A host, a URL with port and path, svc/NAME, pod/NAME, deploy/NAME, ingress/NAME or IP:PORT'),
      namespace: z.string().describe('Where svc/NAME, deploy/NAME and the like are').optional(),
      from: z.string().describe('NAMESPACE/WORKLOAD, deploy/NAME or pod/NAME: what this client sees').optional(),
      timeout,
      slowAfter: z.string().describe('From here on an answer counts as slow: 500ms').optional(),
    }),
    output: Verdict,
    command: diagnose,
    measures: true,
    asked: ({ slowAfter, ...flags }) => ({ flags: { ...flags, 'slow-after': slowAfter } }),
    text: (verdict) => renderers.markdown(verdict, verdictPage),
  }),
  tool({
    name: 'matrix',
    title: 'Measure between all nodes',
    description:
      'Latency, loss and packet sizes between all nodes, and DNS from each: which node, node pair or zone is bad. ' +
      'Places one or two probe pods on each node for some seconds and removes them.',
    input: z.strictObject({
      nodes: z.string().describe('Label selector of nodes: zone=a').optional(),
      network: z.enum(['pod', 'host', 'both']).optional(),
      protocol: z.enum(['tcp', 'udp', 'http']).optional(),
      timeout,
    }),
    output: MatrixReport,
    command: matrix,
    measures: true,
    asked: (flags) => ({ flags }),
    text: (report) => matrixRenderers.terminal(report, verdictPage),
  }),
  tool({
    name: 'explain',
    title: 'Judge a recording or timings',
    description:
      'Judges again what diagnose --save kept, or names the timers that could have made somebody’s timings (seconds, curl -w, ab, hey, k6, vegeta, wrk, oha, …). ' +
      'Asks no cluster.',
    input: z.strictObject({
      file: z.string().describe('A file on the machine that kprobe runs on').optional(),
      text: z.string().describe('Instead of a file: timings as they were printed, or a recording').optional(),
    }),
    output: z.strictObject({ verdict: Verdict.nullable(), timings: TimingsReport.nullable() }),
    command: explain,
    measures: false,
    asked: ({ file, text = '' }) => ({ flags: { file: file ?? '-' }, stdin: text }),
    shaped: (printed) => {
      const isTimings = z.object({ schema: z.literal(TIMINGS_SCHEMA) }).safeParse(printed).success;
      return isTimings ? { verdict: null, timings: printed } : { verdict: printed, timings: null };
    },
    text: ({ verdict, timings }) =>
      verdict === null
        ? timings === null
          ? ''
          : timingsRenderers.markdown(timings, { ...page, verbose: false })
        : renderers.markdown(verdict, verdictPage),
  }),
  tool({
    name: 'lint',
    title: 'Check manifests',
    description:
      'Mistakes of NetworkPolicies, Services and Ingresses that need no packet to be seen, in manifests, or, without any, in the cluster. Reads only.',
    input: z.strictObject({
      manifests: z.string().describe('YAML or JSON of Kubernetes objects').optional(),
      files: z.array(z.string()).describe('Files and folders on the machine that kprobe runs on').optional(),
      namespace: z.string().describe('Of objects that name none; in a cluster, the only one to look at').optional(),
      withCluster: z.boolean().describe('Judge manifests as if applied to the cluster').optional(),
    }),
    output: LintReport,
    command: lint,
    measures: false,
    asked: ({ manifests, files = [], namespace, withCluster }) => {
      const file = [...files, ...(manifests === undefined ? [] : ['-'])];
      const flags = { file: file.length === 0 ? undefined : file, namespace, 'with-cluster': withCluster };
      return { flags, stdin: manifests ?? '' };
    },
    text: (report) => renderLintMarkdown(report, { ...page, verbose: false, rules: [] }),
  }),
  tool({
    name: 'history',
    title: 'What past sweeps found',
    description: 'The last sweeps and what changed in each, or the past of one target. Reads a file only.',
    input: z.strictObject({
      target: z.string().describe('As the sweep calls it; without it, the sweeps').optional(),
      limit: z.number().int().positive().describe('So many sweeps back').optional(),
    }),
    output: z.strictObject({ sweeps: SweepHistory.nullable(), target: TargetHistory.nullable() }),
    command: history,
    measures: false,
    asked: ({ target, limit }) => ({ flags: { target, limit: limit === undefined ? undefined : String(limit) } }),
    shaped: (printed) =>
      SweepHistory.safeParse(printed).success ? { sweeps: printed, target: null } : { sweeps: null, target: printed },
    text: ({ sweeps, target }) =>
      sweeps === null
        ? target === null
          ? ''
          : renderTargetHistory(target, { ...page, asked: null })
        : renderSweepHistory(sweeps, page),
  }),
];
