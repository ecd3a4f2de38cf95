/** What a traced flow is rendered with. */
import type { PageOptions } from '../page.ts';

export interface FlowRenderOptions extends PageOptions {
  /** Also chains in which no rule said anything, and the way of answers that came through. */
  readonly verbose: boolean;
}
