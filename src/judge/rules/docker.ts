/** Docker: chains DOCKER… in the common tables, with nftables the tables `docker-bridges` (Docker 29). It also sets the default of FORWARD to drop, where it is the one who switches forwarding on (seen with 20.10). */
import { isDefault, stops } from './way.ts';
import type { Ownership, Writer } from './way.ts';

export const docker: Writer = {
  program: 'docker',
  wrote: ({ table, chain, rule = '' }) =>
    table === 'docker-bridges' ||
    /^DOCKER(?:-|$)/.test(chain) ||
    (table === 'raw' && /\b(?:docker0|br-[0-9a-f]{12})\b/.test(rule)),
  read: ({ last }) => {
    if (!stops(last)) return told('passes', 'it lets the packet on, or rewrites it');
    if (last.chain === 'DOCKER-USER')
      return told('firewall', 'a rule that somebody has added to DOCKER-USER denies it');
    if (/ISOLATION/.test(last.chain)) return told('firewall', 'Docker keeps its networks apart from each other');
    if (isDefault(last)) return told('firewall', DEFAULT);
    return told('firewall', "Docker's containers are reached only by the ports that were published");
  },
};

const DEFAULT = 'nothing is forwarded unless a rule admits it, as Docker sets it where it switches forwarding on';

function told(reason: Ownership['reason'], means: string): Omit<Ownership, 'program'> {
  return { reason, isStale: false, means };
}
