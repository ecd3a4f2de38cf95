/** `kprobe trace`, on one page: discover → plan → place → collect → read, for one flow. Rendering is the command's. */
import packageJson from '../package.json' with { type: 'json' };
import { flowEnd, flowSource, flowTarget } from './discover/flow-ends.ts';
import { withAddresses } from './discover/lookup.ts';
import { flowReport } from './judge/traces/flow-report.ts';
import { limitsOf, openCluster, readCluster } from './measure.ts';
import { TRACE_SCHEMA } from './model/flow-trace.ts';
import type { FlowTrace } from './model/flow-trace.ts';
import type { FlowTraceRequest } from './model/request.ts';
import { bundleAgent } from './place/bundle.ts';
import { flowPath } from './plan/flow-path.ts';
import { traceRules } from './trace-rules.ts';

export async function traceFlow(request: FlowTraceRequest): Promise<FlowTrace> {
  const { reportProgress, image, pull } = request;
  const startedAt = new Date();
  using limits = limitsOf(request.timeoutMs, request.signal);
  const client = await openCluster(request, limits);
  try {
    reportProgress({ kind: 'stage', stage: 'discover', says: `reading ${client.server}` });
    const [cluster, bundle] = await Promise.all([readCluster(client, limits), bundleAgent()]);
    const namespace = request.namespace ?? client.namespace;
    const from = flowSource(request.from, cluster, namespace);
    const target = await withAddresses(flowTarget(request.to, cluster, namespace), cluster);
    const { to, protocol } = flowEnd(target, request.protocol);
    const { agent, path } = flowPath({ from, to, protocol }, cluster);
    const plan = { agents: [agent], paths: [path], limitations: [] };
    const { traces, others } = await traceRules({
      client,
      recording: { cluster, plan, hellos: [] },
      paths: [path.id],
      image,
      pull,
      bundle,
      limits,
      reportProgress,
    });
    return {
      schema: TRACE_SCHEMA,
      ...flowReport(traces, cluster, others),
      from: { node: from.node, pod: agent.of },
      to: { says: request.to, address: to.address, port: to.port, protocol },
      run: {
        kprobe: packageJson.version,
        startedAt: startedAt.toISOString(),
        tookMs: Date.now() - startedAt.getTime(),
      },
    };
  } finally {
    await client.close();
  }
}
