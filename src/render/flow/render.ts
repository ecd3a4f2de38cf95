/** The list of renderers of a traced flow: report → text, and nothing else. */
import type { FlowTrace } from '../../model/flow-trace.ts';
import { renderJson } from '../json.ts';
import { renderFlowTerminal } from './terminal.ts';
import type { FlowRenderOptions } from './options.ts';

export const FLOW_OUTPUTS = ['terminal', 'json'] as const;

export const flowRenderers: Readonly<
  Record<(typeof FLOW_OUTPUTS)[number], (report: FlowTrace, options: FlowRenderOptions) => string>
> = {
  terminal: renderFlowTerminal,
  json: renderJson,
};
