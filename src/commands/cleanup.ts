/** `kprobe cleanup`: removes what runs left behind. */
import type { Which } from '../place/cleanup.ts';
import type { ClusterClient } from '../api/cluster-client.ts';
import { UserError } from '../model/user-error.ts';
import { checkNamespace, type Flags, text } from '../options.ts';
import { values } from './choice.ts';
import { type Command, EXIT, write } from './command.ts';
import { connectionFlags, tellLimitations, withCluster } from './connection.ts';

export const cleanup: Command = {
  usage: 'cleanup',
  summary: 'Remove what runs left that were killed',
  positionals: {},
  flags: {
    all: { type: 'boolean', describe: 'Also of runs that are going on now' },
    run: { type: 'string', requiresArg: true, describe: 'Only of this run: the id in the names of its objects' },
    namespace: {
      alias: 'n',
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'Look here too, where namespaces may not be listed',
    },
    ...connectionFlags,
  },
  examples: [
    ['kprobe cleanup', 'Of runs that are over; every run does the same'],
    ['kprobe cleanup --all', 'Of every run, on the moment'],
  ],
  epilogue: 'Exit codes: 0 nothing of them is left that can be seen, 2 something could not be removed.',
  endsOnSignal: false,
  async run(flags, session) {
    const asked = askedFor(flags);
    const namespaces = values(flags, 'namespace');
    for (const namespace of namespaces) checkNamespace(namespace, '--namespace');
    const { removed, limitations, unseen } = await withCluster(flags, session, async (client) => {
      const { removeLeftovers } = await import('../install/leftovers.ts');
      return removeLeftovers(client, asked ?? (await ended(client)), namespaces);
    });
    const lines = removed.map((each) => `removed  ${each}\n`);
    await write(session.stdout, lines.length > 0 ? lines.join('') : 'Nothing to remove\n');
    await tellLimitations(
      session,
      unseen === null ? limitations : [...limitations, { what: 'not looked everywhere', because: unseen }],
    );
    return limitations.length === 0 ? EXIT.healthy : EXIT.couldNotRun;
  },
};

/** null: of runs that are over. Throws UserError. */
function askedFor(flags: Flags): Which | null {
  const run = text(flags, 'run');
  if (run !== null && flags['all'] === true) throw new UserError('--all and --run exclude each other');
  if (run !== null && !/^[a-z0-9]{1,32}$/.test(run)) {
    throw new UserError(`--run: "${run}" is not the id of a run`, {
      hint: 'kubectl get configmaps -A -l kprobe.dev/run',
    });
  }
  if (run !== null) return { kind: 'run', run };
  return flags['all'] === true ? { kind: 'all' } : null;
}

/** By the API server's clock, as runs state their end; ours may be an hour off. */
async function ended(client: ClusterClient): Promise<Which> {
  const told = await client.clock();
  if (told.ok) return { kind: 'ended', nowMs: told.value };
  throw new UserError(`What time it is in the cluster cannot be learnt: ${told.problem.message}`, {
    hint: 'kprobe cleanup --all asks no clock',
  });
}
