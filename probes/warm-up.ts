/**
 * One attempt of each common kind against the agent itself over loopback, before anything counts. Node loads and compiles
 * on first use: without this the first connect of a run reads 4 ms where the second reads 0.4 ms.
 */
import { startAnswering } from './answer.ts';
import { Runner } from './runner.ts';
import type { Probe, Where } from './wire.ts';

/** Loopback answers within a few milliseconds; a machine where it does not must not delay the run. */
const LIMIT_MS = 150;

export async function warmUp(): Promise<void> {
  const side = await startAnswering({ tcp: [0], udp: [0] }, () => undefined);
  const [tcp] = side.tcp;
  const [udp] = side.udp;
  if (tcp !== undefined && udp !== undefined) await shoot(probes({ tcp, udp }));
  side.close();
}

function probes(ports: { tcp: number; udp: number }): Probe[] {
  const to: Where = { address: '127.0.0.1', port: ports.tcp };
  return [
    { kind: 'tcp', to, echo: true, bytes: 100 },
    { kind: 'http', to, tls: false, host: 'localhost', path: '/' },
    { kind: 'udp', to: { address: '127.0.0.1', port: ports.udp }, bytes: 100 },
    { kind: 'tcp', to, echo: true, bytes: 100 },
  ];
}

/** One after the other. */
function shoot(waiting: Probe[]): Promise<void> {
  return new Promise((resolve) => {
    const runner = new Runner(() => next());
    const next = () => {
      const probe = waiting.shift();
      if (probe === undefined || probe.kind === 'resolver' || !('address' in probe.to)) {
        runner.stop();
        return resolve();
      }
      const schedule = { path: 'warm-up', probe, startMs: 0, everyMs: 0, count: 1, limitMs: LIMIT_MS };
      runner.start({ schedule, attempt: 0, dueMs: performance.now() }, probe.to);
    };
    next();
  });
}
