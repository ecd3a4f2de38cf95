/** What the packets themselves say, by tcpdump on loopback: when each connection to one port asked, stood, sent its request and got the first byte. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Unix milliseconds; null for what was not seen. */
export interface Truth {
  readonly connectMs: number | null;
  readonly firstByteMs: number | null;
}

interface Seen {
  syn?: number;
  synAck?: number;
  request?: number;
  answer?: number;
}

/** `1764435600.123456789 IP 127.0.0.1.50000 > 127.0.0.1.80: Flags [P.], seq 1:98, ack 1, win 512, length 97: HTTP: …` */
const PACKET = /^(\d+\.\d+) IP 127\.0\.0\.1\.(\d+) > 127\.0\.0\.1\.(\d+): Flags \[([^\]]+)\].*?length (\d+)/;

export interface Capture {
  /** Ends it; by the port of the side that connects. */
  end(): Promise<ReadonlyMap<number, Truth>>;
}

/** null where there is no tcpdump. Resolves when it listens. */
export async function capture(port: number): Promise<Capture | null> {
  const options = ['-i', 'lo', '-n', '-tt', '--time-stamp-precision=nano', '-B', '16384', '-s', '96', '-l'];
  const child = spawn('tcpdump', [...options, `tcp port ${port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  const isThere = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    createInterface({ input: child.stderr }).on('line', (line) => line.startsWith('listening on') && resolve(true));
  });
  if (!isThere) return null;
  const seen = new Map<number, Seen>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => take(seen, line, port));
  return {
    async end() {
      child.kill('SIGINT');
      await once(lines, 'close');
      return new Map([...seen].map(([own, at]) => [own, truthOf(at)]));
    },
  };
}

function take(seen: Map<number, Seen>, line: string, port: number): void {
  const [, seconds = '', from = '', to = '', flags = '', length = ''] = PACKET.exec(line) ?? [];
  if (seconds === '') return;
  // Nanoseconds do not fit a double beside the seconds of an epoch: the last ten digits before the point are enough.
  const at = Number(seconds.slice(-16)) * 1000;
  const isAnswer = Number(from) === port;
  const own = Number(isAnswer ? to : from);
  const of = seen.get(own) ?? {};
  seen.set(own, of);
  if (flags === 'S') of.syn ??= at;
  else if (flags === 'S.') of.synAck ??= at;
  else if (Number(length) > 0 && isAnswer) of.answer ??= at;
  else if (Number(length) > 0) of.request ??= at;
}

function truthOf({ syn, synAck, request, answer }: Seen): Truth {
  const between = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? null : to - from;
  return { connectMs: between(syn, synAck), firstByteMs: between(request, answer) };
}
