/** The address of a host outside the cluster, as this machine resolves it; probes ask by literal address. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Target } from '../model/target.ts';
import { UserError } from '../model/user-error.ts';

/** Throws UserError where the name does not resolve here. Targets that are no outside host come back as they are. */
export async function withAddresses(target: Target): Promise<Target> {
  if (target.kind !== 'external') return target;
  const direct = await Promise.all(
    target.direct.map(async (far) => {
      if (isIP(far.address) !== 0) return far;
      const found = await lookup(far.address).catch((cause: unknown) => {
        const hint = 'is the name right? Hosts of the cluster are found through its Ingresses';
        throw new UserError(`${far.address} does not resolve on this machine`, { hint, cause });
      });
      return { ...far, address: found.address };
    }),
  );
  return { ...target, direct };
}
