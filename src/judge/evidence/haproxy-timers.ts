/** Timers of HAProxy. */
import { multiples } from './proxy-settings.ts';
import { answersWith, failsWith, through } from './timer-needs.ts';
import type { Timer } from './timer.ts';

/** Its own log tells them apart: Tw, Tc, Tr and the termination state (docs.haproxy.org, "Log format"). */
export const haproxyTimers: readonly Timer[] = [
  {
    id: 'haproxy-connect-timeout',
    name: 'HAProxy timeout connect',
    of: 'proxy',
    series: (delay) => multiples(delay, 5000, 4),
    phases: ['first-byte'],
    ends: 'either',
    needs: [through('haproxy'), failsWith(503)],
    distinguishedBy: 'its log: with redispatch the seconds stand as Tw, +1 retries; without, sC and 503',
    source: 'haproxytech/kubernetes-ingress fs/usr/local/etc/haproxy/haproxy.cfg',
    backing: 'measured',
  },
  {
    id: 'haproxy-connect-give-up',
    name: 'HAProxy timeout connect × (retries + 1)',
    of: 'proxy',
    series: (delay) => multiples(delay, 5000, 4).slice(-1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('haproxy'), answersWith(503)],
    distinguishedBy:
      'without "option redispatch" all tries go to one server: 503 at four times the connect timeout, log state sC',
    source: 'HAProxy configuration manual, retries (3) and option redispatch; measured 20.0 s with 2.6',
    backing: 'measured',
  },
  {
    id: 'haproxy-turn-around',
    name: 'HAProxy turn-around (1 s before each retry on one server)',
    of: 'proxy',
    series: () => [3000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('haproxy'), answersWith(503)],
    distinguishedBy: 'the server refuses (nothing listens): a connect to it by itself is refused at once',
    source:
      'HAProxy configuration manual, retries: "a turn-around timer of min(timeout connect, one second)"; measured 3.01 s with 2.6',
    backing: 'measured',
  },
  {
    id: 'haproxy-queue-timeout',
    name: 'HAProxy timeout queue',
    of: 'proxy',
    series: () => [5000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('haproxy'), answersWith(503)],
    distinguishedBy: 'log state sQ; it comes with load only, at a server with maxconn',
    source: 'haproxytech/kubernetes-ingress fs/usr/local/etc/haproxy/haproxy.cfg',
    backing: 'by documentation',
  },
  {
    id: 'haproxy-request-timeout',
    name: 'HAProxy timeout http-request',
    of: 'proxy',
    series: () => [5000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('haproxy'), answersWith(408)],
    distinguishedBy: 'status 408, log state cR: the client did not send its whole request',
    source: 'haproxytech/kubernetes-ingress fs/usr/local/etc/haproxy/haproxy.cfg',
    backing: 'by documentation',
  },
];
