/** DNS on the wire (RFC 1035): one question out, one answer in. Answers come from anywhere and are read with suspicion. */
import { SocketAddress } from 'node:net';

export type RecordType = 'A' | 'AAAA';

export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: RecordType;
}

export interface DnsAnswer {
  readonly rcode: string;
  /** Addresses of the type that was asked for, in the order given. */
  readonly addresses: readonly string[];
  readonly truncated: boolean;
}

/** `stray`: not an answer to this question, keep waiting. `malformed`: it is, and cannot be read. */
export type DnsReading =
  | { readonly kind: 'answer'; readonly answer: DnsAnswer }
  | { readonly kind: 'stray' }
  | { readonly kind: 'malformed'; readonly problem: string };

const TYPE_CODES: Readonly<Record<RecordType, number>> = { A: 1, AAAA: 28 };
const CLASS_IN = 1;
const HEADER_BYTES = 12;
/** RFC 1035 4.1.1 and RFC 6895. */
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
/** Answers that would fit into 64 KiB are many more than a sample should carry. */
const MAX_ADDRESSES = 64;
/** A name has at most 127 labels, so more jumps than that go round in a circle. */
const MAX_JUMPS = 127;

/** The query as stub resolvers send it: recursion desired, no EDNS, so that truncation happens as it would for glibc. Null for a name that DNS cannot carry. */
export function encodeQuery(question: DnsQuestion): Buffer | null {
  const name = encodeName(question.name);
  if (name === null) return null;
  const header = Buffer.from([question.id >> 8, question.id & 0xff, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, name, Buffer.from([0, TYPE_CODES[question.type], 0, CLASS_IN])]);
}

/** Reads a message as the answer to this question. */
export function decodeAnswer(message: Buffer, question: DnsQuestion): DnsReading {
  if (message.length < HEADER_BYTES || message.readUInt16BE(0) !== question.id) return { kind: 'stray' };
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) === 0) return { kind: 'stray' };
  const rcode = RCODES[flags & 0x0f] ?? `RCODE${flags & 0x0f}`;
  const truncated = (flags & 0x0200) !== 0;
  try {
    const reader = { message, offset: HEADER_BYTES };
    // A server that could not read the question may leave it out (FORMERR); otherwise it must be ours.
    if (message.readUInt16BE(4) === 0 && rcode !== 'NOERROR') {
      return { kind: 'answer', answer: { rcode, addresses: [], truncated } };
    }
    if (!isSameQuestion(reader, question)) return { kind: 'stray' };
    // What a truncated message still carries need not be whole (RFC 2181 section 9), so it is not read.
    const addresses = truncated ? [] : readAddresses(reader, message.readUInt16BE(6), TYPE_CODES[question.type]);
    return { kind: 'answer', answer: { rcode, addresses, truncated } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { kind: 'malformed', problem: error.message };
  }
}

interface Reader {
  readonly message: Buffer;
  offset: number;
}

function encodeName(name: string): Buffer | null {
  const labels = name.replace(/\.$/, '').split('.');
  const parts = labels.map((label) => Buffer.from(label, 'utf8'));
  if (name !== '.' && parts.some((part) => part.length === 0 || part.length > 63)) return null;
  const encoded = Buffer.concat([...parts.flatMap((part) => [Buffer.from([part.length]), part]), Buffer.from([0])]);
  return encoded.length > 255 ? null : name === '.' ? Buffer.from([0]) : encoded;
}

function isSameQuestion(reader: Reader, question: DnsQuestion): boolean {
  if (reader.message.readUInt16BE(4) !== 1) return false;
  const name = readName(reader);
  const type = readUInt16(reader);
  const recordClass = readUInt16(reader);
  const asked = question.name.replace(/\.$/, '').toLowerCase();
  return name.toLowerCase() === asked && type === TYPE_CODES[question.type] && recordClass === CLASS_IN;
}

function readAddresses(reader: Reader, count: number, wanted: number): string[] {
  const addresses: string[] = [];
  for (let index = 0; index < count && addresses.length < MAX_ADDRESSES; index += 1) {
    readName(reader);
    const type = readUInt16(reader);
    readUInt16(reader);
    reader.offset += 4;
    const length = readUInt16(reader);
    const data = reader.message.subarray(reader.offset, reader.offset + length);
    if (data.length < length) throw new RangeError('a record goes beyond the end of the message');
    reader.offset += length;
    if (type === wanted) addresses.push(readAddress(data));
  }
  return addresses;
}

function readAddress(data: Buffer): string {
  if (data.length === 4) return data.join('.');
  if (data.length !== 16) throw new RangeError(`an address of ${data.length} bytes`);
  const hextets = Array.from({ length: 8 }, (_, index) => data.readUInt16BE(index * 2).toString(16));
  return new SocketAddress({ address: hextets.join(':'), family: 'ipv6' }).address;
}

function readUInt16(reader: Reader): number {
  const value = reader.message.readUInt16BE(reader.offset);
  reader.offset += 2;
  return value;
}

/** A name, following compression pointers (RFC 1035 4.1.4) backwards only as often as could make sense. */
function readName(reader: Reader): string {
  const { message } = reader;
  const labels: string[] = [];
  let offset = reader.offset;
  let jumps = 0;
  let length = 0;
  for (;;) {
    const size = message.readUInt8(offset);
    if (size >= 0xc0) {
      if (jumps === 0) reader.offset = offset + 2;
      jumps += 1;
      if (jumps > MAX_JUMPS) throw new RangeError('compression pointers go round in a circle');
      offset = message.readUInt16BE(offset) & 0x3fff;
      continue;
    }
    if (size > 63) throw new RangeError('a label of an unknown kind');
    if (size === 0) break;
    length += size + 1;
    if (length > 255) throw new RangeError('a name longer than 255 bytes');
    labels.push(message.subarray(offset + 1, offset + 1 + size).toString('utf8'));
    offset += size + 1;
  }
  if (jumps === 0) reader.offset = offset + 1;
  return labels.join('.');
}
