/** The conditions that tell timers of equal value apart. */
import type { ProbeKind } from '../../../probes/wire.ts';
import { sawIcmpError } from './refusal.ts';
import type { Client, Delay, Need } from './timer.ts';

/** The k-th value of a SYN schedule needs k retransmissions. */
export const oneSynPerStep: Need = {
  otherwise: 'the connection did not retransmit its SYN as often as that',
  holds: ({ synRetransmissions }, step) => (synRetransmissions === null ? null : synRetransmissions === step),
};

export const retransmittedSyn: Need = {
  otherwise: 'the connection did not retransmit its SYN',
  holds: ({ synRetransmissions }) => (synRetransmissions === null ? null : synRetransmissions > 0),
};

/** An ICMP destination-unreachable came in, of either family and whatever it was for. */
export const icmpError: Need = {
  otherwise: 'no ICMP error arrived',
  holds: ({ counters }) => (counters === null ? null : sawIcmpError(counters, null)),
};

/** The error came from this machine's own neighbour table, not from a router. */
export const noIcmp: Need = {
  otherwise: 'an ICMP error arrived',
  holds: ({ counters }) => (counters === null ? null : !sawIcmpError(counters, null)),
};

export const refusal: Need = {
  otherwise: 'the connect was not refused',
  holds: ({ outcome }) => (isVague(outcome) ? null : outcome === 'refused' || outcome === 'unreachable'),
};

export const unreachable: Need = {
  otherwise: 'the destination was not reported unreachable',
  holds: ({ outcome }) => (isVague(outcome) ? null : outcome === 'unreachable'),
};

function isVague(outcome: Delay['outcome']): boolean {
  return outcome === null || outcome === 'failed';
}

/** This side repeated data: the request got lost, or the connection's probe for a lost tail was sent. */
export const ownDataRetransmitted: Need = {
  otherwise: 'this side retransmitted no data',
  holds: (delay) => (delay.counters === null ? null : ownRetransmissions(delay) > 0),
};

export const noOwnDataRetransmitted: Need = {
  otherwise: 'this side retransmitted data itself',
  holds: (delay) => (delay.counters === null ? null : ownRetransmissions(delay) === 0),
};

function ownRetransmissions({ counters, dataRetransmissions = 0 }: Delay): number {
  return dataRetransmissions + (counters?.['TcpExt.TCPLossProbes'] ?? 0);
}

/** What happens at the far end only can be neither confirmed nor excluded from here. */
export const seenAtFarEnd: Need = { otherwise: 'the far end did not do it', holds: () => null };

/** Only attempts of these kinds go through this code. */
export function asksBy(...kinds: readonly ProbeKind[]): Need {
  return {
    otherwise: 'the attempt did not go through it',
    holds: ({ probe = null }) => (probe === null ? null : kinds.includes(probe)),
  };
}

/** The attempt was made by some program with its own client, as in a pasted list of timings; kprobe's probes have none. */
export const byForeignClient: Need = {
  otherwise: 'the attempt was made without it',
  holds: ({ probe = null }) => (probe === null ? null : false),
};

/** It is a matter of this client library; kprobe's probes are none of them. */
export function byClient(...clients: readonly Client[]): Need {
  return {
    otherwise: 'another client made the attempt',
    holds: ({ probe = null, client = null }) => {
      if (probe !== null) return false;
      return client === null ? null : clients.includes(client);
    },
  };
}

/** Programs in Go and Rust ask DNS servers themselves; curl and programs in C leave it to the libc, which is not told which. */
export const byLibc: Need = {
  otherwise: 'the client resolves names itself, without the libc',
  holds: ({ client = null }) => (client === 'go' || client === 'rust' ? false : null),
};

/** The names were not looked up by one of the libraries that are known here. */
export const byOtherLibrary: Need = {
  otherwise: 'another client made the attempt',
  holds: ({ probe = null, client = null }) => (probe !== null || client !== null ? false : null),
};

/** The proxy on the way is one of these implementations. */
export function through(...implementations: readonly string[]): Need {
  return {
    otherwise: `the way does not lead through ${implementations[0] ?? 'it'}`,
    holds: ({ controller }) => {
      if (controller === null) return null;
      if (controller === 'none') return false;
      const known = controller.implementation.toLowerCase();
      return implementations.some((each) => known.includes(each));
    },
  };
}

/** The proxy answered with one of these statuses. */
export function answersWith(...statuses: readonly number[]): Need {
  return {
    otherwise: `the answer was not ${statuses.join(' or ')}`,
    holds: ({ status = null }) => (status === null ? null : statuses.includes(status)),
  };
}

/** Where it ends in an error, the proxy says so with this status; an answer speaks neither for nor against. */
export function failsWith(expected: number): Need {
  return {
    otherwise: `its error is ${expected}`,
    holds: ({ status = null }) => (status === null || status < 500 ? null : status === expected),
  };
}

/** The proxy on the way is none of those that this list knows by name. */
export const byOtherProxy: Need = {
  otherwise: 'the proxy on the way is another',
  holds: ({ controller }) => (controller === null ? null : false),
};
