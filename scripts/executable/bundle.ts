/** Stands for src/place/bundle.ts in the executable, which carries the agent as an asset and is an agent itself. */
import { getAsset } from 'node:sea';
import { AGENT_ASSET } from './words.ts';

export function agentCommand(): readonly [program: string, ...args: string[]] {
  return [process.execPath, 'agent', '--assignment', '-'];
}

export async function bundleAgent(): Promise<string> {
  return getAsset(AGENT_ASSET, 'utf8');
}
