/** DNS: own queries to one server over a fresh socket, without any resolver's retries. Phases dns, and connect over TCP. */
import type { Attempt } from '../attempt.ts';
import type { Endpoint } from '../sockets.ts';
import type { Probe } from '../wire.ts';
import { CLOSED_EARLY, openConnection } from './connection.ts';
import { decodeAnswer, encodeQuery } from './dns-message.ts';
import type { DnsAnswer, DnsQuestion, RecordType } from './dns-message.ts';
import { openDatagramSocket, sendDatagram } from './udp.ts';

type DnsProbe = Extract<Probe, { kind: 'dns' }>;

export function probeDns(probe: DnsProbe, attempt: Attempt, to: Endpoint): void {
  const types: RecordType[] = probe.type === 'A+AAAA' ? ['A', 'AAAA'] : [probe.type];
  const questions = types.map((type) => ({ id: Math.floor(Math.random() * 0x10000), name: probe.name, type }));
  const queries = questions.flatMap((question) => encodeQuery(question) ?? []);
  if (queries.length < questions.length) {
    return attempt.failed({ code: 'EBADNAME', message: 'not a name that DNS can carry' });
  }
  const exchange = new Exchange(questions, attempt);
  if (probe.transport === 'udp') overUdp({ queries, exchange, attempt, to });
  else overTcp({ queries, exchange, attempt, to });
}

interface Run {
  readonly queries: readonly Buffer[];
  readonly exchange: Exchange;
  readonly attempt: Attempt;
  readonly to: Endpoint;
}

function overUdp({ queries, exchange, attempt, to }: Run): void {
  openDatagramSocket(attempt, to, (socket) => {
    socket.on('message', (datagram) => exchange.read(datagram));
    for (const query of queries) sendDatagram(attempt, socket, query);
  });
}

/** Over TCP each message has its length before it (RFC 1035 4.2.2); both queries go out together. */
function overTcp({ queries, exchange, attempt, to }: Run): void {
  let received = Buffer.alloc(0);
  openConnection(attempt, to, {
    connected: (socket) => {
      attempt.enter('dns');
      socket.on('end', () => attempt.failed(CLOSED_EARLY));
      socket.write(
        Buffer.concat(queries.flatMap((query) => [Buffer.from([query.length >> 8, query.length & 0xff]), query])),
      );
    },
    received: (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (!attempt.hasEnded && received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        exchange.read(received.subarray(2, end));
        received = received.subarray(end);
      }
    },
  });
}

/** The questions still open. The attempt is answered when none is; what came before is in the sample either way. */
class Exchange {
  readonly #attempt: Attempt;
  readonly #questions: readonly DnsQuestion[];
  readonly #answers = new Map<DnsQuestion, { readonly answer: DnsAnswer; readonly ms: number }>();
  readonly #sentAt: number;

  constructor(questions: readonly DnsQuestion[], attempt: Attempt) {
    this.#attempt = attempt;
    this.#questions = questions;
    this.#sentAt = performance.now();
  }

  read(message: Buffer): void {
    for (const question of this.#questions) {
      if (this.#answers.has(question)) continue;
      const reading = decodeAnswer(message, question);
      if (reading.kind === 'stray') continue;
      if (reading.kind === 'malformed') return this.#attempt.failed({ code: 'EBADANSWER', message: reading.problem });
      this.#answers.set(question, { answer: reading.answer, ms: performance.now() - this.#sentAt });
      this.#attempt.dns = this.#told();
    }
    if (this.#answers.size === this.#questions.length) this.#attempt.answered();
  }

  /** The first answer that is not NOERROR speaks for both; each question is told by itself as well. */
  #told(): NonNullable<Attempt['dns']> {
    const answers = [...this.#answers.values()].map(({ answer }) => answer);
    return {
      rcode: answers.find((answer) => answer.rcode !== 'NOERROR')?.rcode ?? 'NOERROR',
      answers: answers.flatMap((answer) => answer.addresses),
      truncated: answers.some((answer) => answer.truncated),
      questions: this.#questions.map((question) => {
        const own = this.#answers.get(question);
        const ms = own === undefined ? null : Math.round(own.ms * 1000) / 1000;
        return { type: question.type, rcode: own?.answer.rcode ?? null, answers: own?.answer.addresses ?? [], ms };
      }),
    };
  }
}
