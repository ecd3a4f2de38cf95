/** The little of DNS' wire format (RFC 1035, section 4; RFC 3596) that the lab's servers speak. */
import { isIPv4 } from 'node:net';

export const TYPE_A = 1;
export const TYPE_AAAA = 28;
export const RCODE = { ok: 0, formatError: 1, unknownName: 3, notImplemented: 4 } as const;

const HEADER_LENGTH = 12;
const CLASS_IN = 1;
/** Largest answer over UDP without EDNS (RFC 1035, section 2.3.4). */
const UDP_LIMIT = 512;
/** Seconds; CoreDNS' kubernetes plugin as kubeadm sets it up. */
const TTL_S = 30;

export interface Question {
  readonly id: number;
  readonly flags: number;
  /** Lower case, without trailing dot. */
  readonly name: string;
  readonly type: number;
  /** The question section as it was asked, for the answer to repeat. */
  readonly raw: Buffer;
}

/** null for what is no query with exactly one question; the sign bit of the third byte marks answers. */
export function readQuestion(message: Buffer): Question | null {
  if (message.length < HEADER_LENGTH || message.readUInt16BE(4) !== 1 || message.readInt8(2) < 0) return null;
  const labels: string[] = [];
  let at = HEADER_LENGTH;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63 || at + length + 1 > message.length) return null;
    if (length === 0) break;
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  if (at + 5 > message.length) return null;
  return {
    id: message.readUInt16BE(0),
    flags: message.readUInt16BE(2),
    name: labels.join('.'),
    type: message.readUInt16BE(at + 1),
    raw: message.subarray(HEADER_LENGTH, at + 5),
  };
}

export interface Reply {
  readonly rcode: number;
  /** All of the family that was asked for. */
  readonly addresses: readonly string[];
}

/** How an answer travels. */
interface Carriage {
  readonly transport: 'udp' | 'tcp';
  /** Cut over UDP, though it would fit. */
  readonly isTooLong: boolean;
}

/** An authoritative answer; over UDP one that does not fit is cut and marked as truncated. */
export function writeReply(
  question: Question,
  { rcode, addresses }: Reply,
  { transport, isTooLong }: Carriage,
): Buffer {
  const records = addresses.map(addressRecord);
  const whole = HEADER_LENGTH + question.raw.length + records.reduce((sum, record) => sum + record.length, 0);
  const isCut = transport === 'udp' && (isTooLong || whole > UDP_LIMIT);
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt16BE(question.id, 0);
  const wantsRecursion = question.flags & 0x0100;
  header.writeUInt16BE(0x8400 | 0x0080 | wantsRecursion | (isCut ? 0x0200 : 0) | rcode, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(isCut ? 0 : records.length, 6);
  return Buffer.concat([header, question.raw, ...(isCut ? [] : records)]);
}

function addressRecord(address: string): Buffer {
  const bytes = addressBytes(address);
  const record = Buffer.alloc(12 + bytes.length);
  // A pointer to the name in the question.
  record.writeUInt16BE(0xc000 | HEADER_LENGTH, 0);
  record.writeUInt16BE(bytes.length === 4 ? TYPE_A : TYPE_AAAA, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt32BE(TTL_S, 6);
  record.writeUInt16BE(bytes.length, 10);
  record.set(bytes, 12);
  return record;
}

/** In network order, of either family. */
function addressBytes(address: string): number[] {
  if (isIPv4(address)) return address.split('.').map(Number);
  const [left = [], right = []] = address.split('::').map((half) => half.split(':').filter((part) => part !== ''));
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  const hextets = [...left, ...zeros, ...right].map((part) => Number.parseInt(part, 16));
  return hextets.flatMap((hextet) => [hextet >> 8, hextet & 0xff]);
}
