/** What the parts of the executable call each other by. */

export const AGENT_ASSET = 'agent.mjs';
/** In the place of a command: no user says it. */
export const LOOKUP_WORD = '__lookup';
