/** Addresses as people write them, and as the kernel prints them in /proc/net/tcp. */
import { isIPv4, SocketAddress } from 'node:net';
import { endianness } from 'node:os';

/** An IPv4 address that came in over a dual-stack socket is told as IPv4: `::ffff:10.0.0.1` is the same host as `10.0.0.1`. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function formatEndpoint(address: string, port: number): string {
  const plain = plainAddress(address);
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** An endpoint as a row of /proc/net/tcp or tcp6 shows it: 32-bit words in the machine's own byte order, port in hex. */
export function toKernelHex(address: string, port: number): string {
  const words = isIPv4(address) ? [ipv4Bytes(address)] : ipv6Words(address);
  return `${words.map(hexWord).join('')}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The address alone as it is in a packet: hex digits, in network order. */
export function toPacketHex(address: string): string {
  const bytes = isIPv4(address) ? ipv4Bytes(address) : ipv6Words(address).flat();
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The address of such an endpoint. */
export function fromKernelHex(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => nativeOrder((word.match(/../g) ?? []).map(fromHex)));
  if (bytes.length === 4) return bytes.join('.');
  const hextets = Array.from({ length: 8 }, (_, index) =>
    ((bytes[index * 2] ?? 0) * 256 + (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return plainAddress(new SocketAddress({ address: hextets.join(':'), family: 'ipv6' }).address);
}

function fromHex(digits: string): number {
  return Number.parseInt(digits, 16);
}

function ipv4Bytes(address: string): number[] {
  return address.split('.').map(Number);
}

function ipv6Words(address: string): number[][] {
  const withoutZone = address.split('%')[0] ?? '';
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(withoutZone);
  const [a = 0, b = 0, c = 0, d = 0] = ipv4Bytes(dotted?.[2] ?? '');
  const text = dotted ? `${dotted[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}` : withoutZone;
  const [head = '', tail] = text.split('::');
  const left = head.split(':').filter((part) => part !== '');
  const right = (tail ?? '').split(':').filter((part) => part !== '');
  const hextets = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  const bytes = hextets.flatMap((hextet) => [fromHex(hextet) >> 8, fromHex(hextet) & 0xff]);
  return [0, 4, 8, 12].map((start) => bytes.slice(start, start + 4));
}

function hexWord(bytes: readonly number[]): string {
  return nativeOrder(bytes)
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}

/** The kernel prints the network-order word with `%08X`, so a little-endian machine shows its bytes reversed. */
function nativeOrder(bytes: readonly number[]): number[] {
  return endianness() === 'LE' ? bytes.toReversed() : [...bytes];
}
