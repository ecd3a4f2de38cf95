/** The addresses of the small world in which timers are measured; all of it is one network namespace and a second one behind a cable. */

/** Drops SYNs, as do 127.0.1.2 and 127.0.1.3. */
export const DEAD = '127.0.1.1:8081';
/** Answers 200. */
export const GOOD = '127.0.0.1:8081';
/** Accepts, and says nothing. */
export const MUTE = '127.0.0.1:8082';
/** Waits for a body without ever asking for it. */
export const UNEXPECTING = '127.0.0.1:8084';
/** Answers each two pieces of `PIECE` at once. */
export const PAIRS = '127.0.0.1:8085';
export const PIECE = '0123456789';
/** Nobody listens. */
export const REFUSING = '127.0.0.1:8099';
/** Loses the first SYN, the first three, the first piece of a request, the first of an answer; all answer at last. */
export const LOSES = { syn: '127.0.3.1', threeSyns: '127.0.3.3', request: '127.0.3.5', answer: '127.0.3.6' } as const;
/** Rejected with ICMP on this machine. */
export const REJECTED = '127.0.1.9';
/** Behind the cable: rejected with ICMP there; and an address that no machine has. */
export const FAR = { rejected: '10.9.0.2', absent: '10.9.0.77', here: '10.9.0.1' } as const;
/** Name servers: all answers, no AAAA ever, nothing, the first A of each name not. */
export const DNS = {
  good: '127.0.2.1',
  noAaaa: '127.0.2.2',
  silent: '127.0.2.3',
  losesOne: '127.0.2.4',
  dnsmasq: '127.0.2.5',
  unbound: '127.0.2.6',
} as const;
