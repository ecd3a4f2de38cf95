/** The list of renderers of a traced flow: report → text, and nothing else. */
import type { FlowTrace } from '../../model/flow-trace.ts';
import { renderJson } from '../json.ts';
import type { PageOptions } from '../page.ts';
import { renderFlowTerminal } from './terminal.ts';

export interface FlowRenderOptions extends PageOptions {
  /** Also chains in which no rule said anything, and the way of answers that came through. */
  readonly verbose: boolean;
}

export const FLOW_OUTPUTS = ['terminal', 'json'] as const;

export const flowRenderers: Readonly<
  Record<(typeof FLOW_OUTPUTS)[number], (report: FlowTrace, options: FlowRenderOptions) => string>
> = {
  terminal: renderFlowTerminal,
  json: renderJson,
};
