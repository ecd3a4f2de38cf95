/** Ways of packets, written as one line a step. */
import type { TraceStep } from '../../../src/model/packet-trace.ts';
import type { Flow } from '../../../src/judge/rules/way.ts';

const LINE = /^(ip6?|inet|bridge|netdev|arp) (\S+) (\S+?)(?:@(\w+)\/(-?\d+))?: (.*?) ?-> (\w+)(?: (\S+))?$/;

/** `ip filter FORWARD@forward/0: counter jump DOCKER-USER -> jump DOCKER-USER`; without a rule it is the chain's default. */
export function steps(...lines: readonly string[]): TraceStep[] {
  return lines.map((text) => {
    const [, family, table, chain, hook, priority, rule, verdict, target] = LINE.exec(text) ?? [];
    if (family === undefined || table === undefined || chain === undefined) throw new Error(`no step: ${text}`);
    return {
      family: family as TraceStep['family'],
      table,
      chain,
      verdict: verdict as TraceStep['verdict'],
      ...(hook === undefined ? {} : { hook, priority: Number(priority) }),
      ...(rule === undefined || rule === '' ? {} : { rule }),
      ...(target === undefined ? {} : { target }),
    };
  });
}

/** From shop/client-1 on worker-1 to shop/web-2 on worker-2, seen on worker-2. */
export function flow(over: Partial<Flow> = {}): Flow {
  return {
    node: 'worker-2',
    protocol: 'tcp',
    source: '10.244.1.11',
    destination: '10.244.2.12',
    destinationPort: 8080,
    ...over,
  };
}
