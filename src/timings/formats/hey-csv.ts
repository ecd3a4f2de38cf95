/** `hey -o csv`: one line an answer, seconds. */
import { csvFields, linesOf } from '../lines.ts';
import { endedBy, type Format, ofAttempts, type TimedAttempt } from '../timings.ts';

const HEADER = /^response-time,DNS\+dialup,DNS,/u;
const LIMIT_MS = 20_000;

export const heyCsv: Format = {
  id: 'hey-csv',
  read(text) {
    const [header = '', ...lines] = linesOf(text);
    if (!HEADER.test(header)) return null;
    const attempts = lines.flatMap((line): TimedAttempt[] => {
      const [total, dialup = 0, dns = 0, send = 0, wait = 0, body = 0, code] = csvFields(line).map(Number);
      if (total === undefined || !Number.isFinite(total)) return [];
      const status = code === undefined || !Number.isFinite(code) ? null : code;
      // DNS+dialup holds the lookup, the connect and the TLS handshake.
      const connect = Math.max(0, dialup - dns);
      const phases = {
        dns: dns * 1000,
        connect: connect * 1000,
        send: send * 1000,
        'first-byte': wait * 1000,
        body: body * 1000,
      };
      return [{ totalMs: total * 1000, phases, ended: endedBy(status), status }];
    });
    return ofAttempts(attempts, {
      format: 'hey-csv',
      tool: 'hey -o csv',
      client: 'go',
      limitMs: LIMIT_MS,
      remarks: ['hey leaves failed requests out, and counts the TLS handshake as connect'],
    });
  },
};
