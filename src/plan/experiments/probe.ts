/** What is asked: an application's own request, or a word with kprobe's answering side. */
import type { Agent, Destination, Probe } from '../../model/plan.ts';
import type { Target } from '../../model/target.ts';
import type { Where } from '../../../probes/wire.ts';

/** What the application would do: an HTTP request, or a bare connect where nothing is known of the protocol. */
export function application(target: Target, where: { address: string; port: number }): Probe {
  const to: Where = { address: where.address, port: where.port };
  if (target.scheme === 'tcp') return { kind: 'tcp', to, echo: false, bytes: 0 };
  const isProxied = target.entries.some((entry) => entry.address === where.address && entry.port === where.port);
  const isTls = target.scheme === 'https' && (isProxied || target.kind !== 'ingress');
  return { kind: 'http', to, tls: isTls, host: target.host ?? where.address, path: target.path };
}

export function tcpEcho(to: Agent, port: number | null, bytes = 0): Probe {
  return { kind: 'tcp', to: { agent: to.id, port: port ?? 'tcp' }, echo: true, bytes };
}

export function agentAt(to: Agent, port: number | null): Destination {
  return { kind: 'agent', agent: to.id, port, node: to.node };
}
