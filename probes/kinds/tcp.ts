/** TCP: connect, and where `echo` is set ask kprobe's answering side what it saw. Phases connect, first-byte, body. */
import type { Attempt } from '../attempt.ts';
import { echoRequest, MAX_SEEN_LINE, parseSeenLine } from '../echo.ts';
import type { Endpoint } from '../sockets.ts';
import type { Probe } from '../wire.ts';
import { CLOSED_EARLY, openConnection } from './connection.ts';

export function probeTcp(probe: Extract<Probe, { kind: 'tcp' }>, attempt: Attempt, to: Endpoint): void {
  if (!probe.echo) return openConnection(attempt, to, { connected: () => attempt.answered() });
  openConnection(attempt, to, {
    connected: (socket) => {
      attempt.enter('first-byte');
      socket.on('end', () => attempt.failed(CLOSED_EARLY));
      socket.write(echoRequest(probe.bytes));
    },
    received: echoReader(attempt, probe.bytes),
  });
}

function echoReader(attempt: Attempt, bytes: number): (chunk: Buffer) => void {
  let line = '';
  let body = -1;
  return (chunk) => {
    if (attempt.hasEnded) return;
    if (line === '' && body < 0) attempt.enter('body');
    if (body >= 0) {
      body += chunk.length;
    } else {
      const end = chunk.indexOf(0x0a);
      line += chunk.subarray(0, end < 0 ? chunk.length : end).toString('latin1');
      if (end >= 0) {
        attempt.seen = parseSeenLine(line);
        body = chunk.length - end - 1;
      }
      if (line.length > MAX_SEEN_LINE || (end >= 0 && attempt.seen === null)) return attempt.failed(NOT_OURS);
    }
    if (body >= bytes) attempt.answered();
  };
}

const NOT_OURS = { code: 'EBADANSWER', message: 'the answer is not that of a kprobe agent' };
