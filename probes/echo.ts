/** The echo protocol, both sides of it: `kprobe-echo 1 <bytes>` and a line feed; the answer is one JSON line and, over TCP, so many bytes more. */

/** What one connection may ask for: enough for any MTU or window experiment, too little to be of use to an attacker. */
export const MAX_ECHO_BYTES = 1024 * 1024;
const GREETING = /^kprobe-echo 1 (\d{1,7})$/;
/** `{"seen":"[…]:65535"}` with the longest IPv6 address and zone, and some room. */
export const MAX_SEEN_LINE = 256;

export function echoRequest(bytes: number): string {
  return `kprobe-echo 1 ${bytes}\n`;
}

/** The number of bytes asked for by a first line, or null where it is not ours. */
export function parseEchoRequest(line: string): number | null {
  const bytes = GREETING.exec(line)?.[1];
  return bytes === undefined || Number(bytes) > MAX_ECHO_BYTES ? null : Number(bytes);
}

export function seenLine(seen: string): string {
  return `${JSON.stringify({ seen })}\n`;
}

/** The address in an answer's first line; null where the answer is not one of ours. */
export function parseSeenLine(line: string): string | null {
  if (line.length > MAX_SEEN_LINE) return null;
  try {
    const value: unknown = JSON.parse(line);
    const seen = typeof value === 'object' && value !== null && 'seen' in value ? value.seen : null;
    return typeof seen === 'string' && seen.length <= 80 ? seen : null;
  } catch {
    return null;
  }
}
