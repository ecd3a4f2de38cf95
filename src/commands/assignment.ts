/** Probes by hand: `tcp://10.244.2.7:8080` → an assignment for the agent. */
import { isIP } from 'node:net';
import { type Assignment, type Probe, type Schedule, WIRE_VERSION } from '../../probes/wire.ts';
import { UserError } from '../model/user-error.ts';

export interface ByHand {
  readonly probes: readonly string[];
  readonly count: number;
  readonly everyMs: number;
  readonly limitMs: number;
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'dns:': 53 };
const FORMS = 'tcp://IP:PORT, udp://IP:PORT, http://IP[:PORT]/PATH, dns://IP/NAME or resolver://NAME';
/** From the last attempt's limit to the deadline: time to say it. */
const GRACE_MS = 1000;

/** Throws UserError for a probe that cannot be understood. */
export function assignmentByHand({ probes, count, everyMs, limitMs }: ByHand): Assignment {
  const schedules = probes.map((path): Schedule => ({
    path,
    probe: probeOf(path),
    startMs: 0,
    everyMs,
    count,
    limitMs,
  }));
  return {
    version: WIRE_VERSION,
    run: 'by-hand',
    agent: 'local',
    answers: { tcp: [], udp: [] },
    schedules,
    deadlineMs: count * everyMs + limitMs + GRACE_MS,
  };
}

function probeOf(text: string): Probe {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw new UserError(`"${text}" is not a probe`, { hint: `it is ${FORMS}` });
  switch (url.protocol) {
    case 'tcp:':
      return { kind: 'tcp', to: where(url, text), echo: false, bytes: 0 };
    case 'udp:':
      return { kind: 'udp', to: where(url, text), bytes: 0 };
    case 'http:':
    case 'https:': {
      const { address, port } = where(url, text);
      const path = `${url.pathname}${url.search}`;
      return {
        kind: 'http',
        to: { address, port },
        tls: url.protocol === 'https:',
        host: url.username || url.host,
        path,
      };
    }
    case 'dns:':
      return { kind: 'dns', to: where(url, text), transport: 'udp', name: nameIn(url, text), type: 'A' };
    case 'resolver:':
      return { kind: 'resolver', name: url.hostname };
    default:
      throw new UserError(`"${text}" is not a probe`, { hint: `it is ${FORMS}` });
  }
}

function where(url: URL, text: string): { address: string; port: number } {
  const address = url.hostname.replace(/^\[(.*)\]$/u, '$1');
  const port = url.port === '' ? PORTS[url.protocol] : Number(url.port);
  if (isIP(address) === 0) throw new UserError(`"${text}": an agent connects to a literal IP address`, { hint: FORMS });
  if (port === undefined || port === 0) throw new UserError(`"${text}" has no port`, { hint: FORMS });
  return { address, port };
}

function nameIn(url: URL, text: string): string {
  const name = url.pathname.slice(1);
  if (name !== '') return name;
  throw new UserError(`"${text}" has no name to ask for`, {
    hint: 'for example dns://10.96.0.10/web.shop.svc.cluster.local',
  });
}
