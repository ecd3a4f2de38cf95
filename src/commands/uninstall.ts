/** `kprobe uninstall`: removes all that kprobe install and any run made. */
import type { Session } from './command.ts';
import { type Command, EXIT, write } from './command.ts';
import { connectionFlags, tellGaps, withCluster } from './connection.ts';

export const uninstall: Command = {
  usage: 'uninstall',
  summary: "Remove kprobe's namespaces and rights, and what runs left",
  positionals: {},
  flags: {
    yes: { alias: 'y', type: 'boolean', describe: 'Do not ask; a terminal is asked otherwise' },
    ...connectionFlags,
  },
  examples: [
    ['kprobe uninstall', 'Shows what would go; on a terminal nothing goes yet'],
    ['kprobe uninstall --yes', 'Removes it'],
  ],
  epilogue: 'Exit codes: 0 nothing is left, 2 something is left.',
  endsOnSignal: false,
  run: (flags, session) =>
    withCluster(flags, session, async (client) => {
      const [{ findInstalled, removeInstalled }, { sayInstalled }, { removeLeftovers }] = await Promise.all([
        import('../install/remove.ts'),
        import('../install/kinds.ts'),
        import('../install/leftovers.ts'),
      ]);
      const found = await findInstalled(client);
      if (flags['yes'] !== true && isTerminal(session)) {
        const lines = found.objects.map((each) => `would remove  ${sayInstalled(each)}\n`);
        await write(session.stdout, `${lines.join('')}Nothing is removed yet: kprobe uninstall --yes\n`);
        return EXIT.couldNotRun;
      }
      const left = await removeLeftovers(client, { kind: 'all' }, []);
      const gaps = [...found.gaps, ...left.gaps, ...(await removeInstalled(client, found.objects))];
      const failed = new Set(gaps.map(({ what }) => what));
      const gone = [...left.removed, ...found.objects.map(sayInstalled).filter((each) => !failed.has(each))];
      const lines = gone.map((each) => `removed  ${each}\n`);
      await write(session.stdout, lines.length > 0 ? lines.join('') : 'Nothing to remove\n');
      await tellGaps(session, gaps);
      return gaps.length === 0 ? EXIT.healthy : EXIT.couldNotRun;
    }),
};

/** Somebody sits there who can be asked. */
function isTerminal({ stdin, stdout }: Session): boolean {
  return stdout.isTTY === true || ('isTTY' in stdin && stdin.isTTY === true);
}
