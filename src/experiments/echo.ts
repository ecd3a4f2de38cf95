/** A connect to an agent's answering side, which tells the address that it saw. */
import type { Agent, Destination, Probe } from '../model/plan.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';

/** `port` null: the one that the agent's kernel chose. */
export function echo(from: Agent, to: Agent, port: number | null): WeightedPath {
  return weighted('experiment', from, agentAt(to, port), tcpEcho(to, port));
}

export function tcpEcho(to: Agent, port: number | null): Probe & { kind: 'tcp' } {
  return { kind: 'tcp', to: { agent: to.id, port: port ?? 'tcp' }, echo: true, bytes: 0 };
}

export function agentAt(to: Agent, port: number | null): Extract<Destination, { kind: 'agent' }> {
  return { kind: 'agent', agent: to.id, port, node: to.node };
}
