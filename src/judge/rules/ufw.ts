/** ufw: chains ufw-… and ufw6-… in the filter table; what none of them admits meets the chain's own default, which ufw sets too. */
import { stops } from './way.ts';
import type { Ownership, Writer } from './way.ts';

export const ufw: Writer = {
  program: 'ufw',
  wrote: ({ chain }) => /^ufw6?-/.test(chain),
  read: ({ last }) => {
    const { chain, rule } = last;
    if (!stops(last)) return told('passes', 'it lets the packet on, or logs it');
    if (/\binvalid\b/i.test(rule ?? '')) {
      return told('invalid-state', 'connection tracking cannot place the packet (state INVALID), and ufw drops such');
    }
    if (/-user-/.test(chain)) return told('firewall', 'a rule that was given to ufw denies it');
    return told('firewall', 'no rule that was given to ufw admits it');
  },
};

function told(reason: Ownership['reason'], means: string): Omit<Ownership, 'program'> {
  return { reason, isStale: false, means };
}
