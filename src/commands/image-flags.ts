/** The image of probe pods and the way to it, for every command that places some. */
import type { Options } from 'yargs';
import type { PullChoice } from '../model/request.ts';
import { checkName, type Flags } from '../options.ts';
import { choice, values } from './choice.ts';

/** `options.ts` checks `image`, `pullChoice` the rest. */
export const imageFlags = {
  image: { type: 'string', requiresArg: true, describe: 'Image of the probe pods; any with Node in it' },
  'pull-secret': {
    type: 'string',
    array: true,
    // One at a time: it stands before positional arguments, too.
    nargs: 1,
    describe: 'Secrets for its registry; in each namespace with probes',
  },
  'pull-policy': {
    type: 'string',
    requiresArg: true,
    default: 'IfNotPresent',
    describe: 'Always, IfNotPresent or Never',
  },
} as const satisfies Record<string, Options>;

/** Throws UserError. */
export function pullChoice(flags: Flags): PullChoice {
  const secrets = values(flags, 'pull-secret');
  for (const name of secrets) checkName(name, '--pull-secret');
  const policy = choice(flags, 'pull-policy', ['Always', 'IfNotPresent', 'Never']) ?? 'IfNotPresent';
  return Object.freeze({ secrets: Object.freeze(secrets), policy });
}
