/** The proxy as amplifier: what users feel of an upstream connect that is never answered. */
import type { IngressController } from '../model/cluster.ts';
import { duration } from '../model/format.ts';
import type { Finding } from '../model/verdict.ts';
import type { Evidence } from './evidence/evidence.ts';
import { line } from './words.ts';

/** What the kernel makes of tcp_retries2 = 15: 924.6 s (Documentation/networking/ip-sysctl.rst). */
const DEFAULT_RETRIES2 = '15';

export function controllerOf(evidence: Evidence): IngressController | null {
  const { className, kind } = evidence.target;
  if (kind !== 'ingress') return null;
  return evidence.cluster.controllers.find((each) => each.className === className) ?? null;
}

/** The timer behind the delay: the proxy's where there is one, else the kernel's schedule. */
export function proxyTimer(evidence: Evidence): Finding['timer'] {
  const controller = controllerOf(evidence);
  if (controller === null || controller.connectTimeoutMs === null) return { name: 'SYN retransmission', ms: 1000 };
  return { name: timerName(controller), ms: controller.connectTimeoutMs };
}

function timerName({ implementation }: IngressController): string {
  return /nginx/i.test(implementation) ? 'nginx proxy-connect-timeout' : `${implementation} connect timeout`;
}

/** Why users wait that long, and why it is not the timer that is blamed most often for it. */
export function whyThatLong(evidence: Evidence): Finding['evidence'][number] | null {
  const controller = controllerOf(evidence);
  if (controller === null || controller.connectTimeoutMs === null) return null;
  const each = duration(controller.connectTimeoutMs);
  const tries = controller.tries ?? 1;
  const more =
    tries > 1
      ? ` and tries the next endpoint, up to ${tries} times (${duration(controller.connectTimeoutMs * tries)}, then 504)`
      : ' and answers 504';
  const retries2 =
    evidence.recording.hellos
      .map((hello) => hello.sysctls['net.ipv4.tcp_retries2'])
      .find((value) => value !== undefined && value !== null) ?? DEFAULT_RETRIES2;
  return line(
    `Why ${each}`,
    `the ingress gives up connecting after its connect timeout of ${each} (${controller.timersFrom})${more}. ` +
      `Not tcp_retries2 (${retries2}): that one counts only after the handshake, and ends in an error${retries2 === DEFAULT_RETRIES2 ? ' after about 15 min' : ''}, not in an answer`,
  );
}
