/** `kprobe uninstall`: removes all that kprobe install and any run made. */
import type { Installed } from '../install/kinds.ts';
import type { Session } from './command.ts';
import { cleanLine } from '../render/clean.ts';
import { type Command, EXIT, remark, write } from './command.ts';
import { connectionFlags, tellLimitations, withCluster } from './connection.ts';

export const uninstall: Command = {
  usage: 'uninstall',
  summary: "Remove kprobe's namespaces and rights, and what runs left",
  positionals: {},
  flags: {
    yes: { alias: 'y', type: 'boolean', describe: 'Do not ask; a terminal is asked otherwise' },
    'delete-history': { type: 'boolean', describe: 'Also the volume with the history of scheduled sweeps' },
    ...connectionFlags,
  },
  examples: [
    ['kprobe uninstall', 'Shows what would go; on a terminal nothing goes yet'],
    ['kprobe uninstall --yes', 'Removes it; the history of scheduled sweeps stays'],
    ['kprobe uninstall --yes --delete-history', 'Removes all there is'],
  ],
  epilogue: 'Exit codes: 0 nothing is left but what was to stay, 2 something is left.',
  endsOnSignal: false,
  run: (flags, session) =>
    withCluster(flags, session, async (client) => {
      const [{ findInstalled, helmRelease, removeInstalled }, { helmCommand }, { sayInstalled }, { removeLeftovers }] =
        await Promise.all([
          import('../install/remove.ts'),
          import('../install/helm-release.ts'),
          import('../install/kinds.ts'),
          import('../install/leftovers.ts'),
        ]);
      const found = await findInstalled(client, { keepHistory: flags['delete-history'] !== true });
      const kept = sayKept(found.kept.map(sayInstalled));
      const release = await helmRelease(client);
      if (release !== null) {
        const says = `the Helm release ${release.namespace}/${release.name} stays: ${helmCommand('uninstall', release)}`;
        await remark(session.stderr, `kprobe: ${cleanLine(says)}\n`);
      }
      if (flags['yes'] !== true && isTerminal(session)) {
        const lines = found.objects.map((each) => `would remove  ${sayInstalled(each)}\n`);
        const after = `${kept}Nothing is removed yet: kprobe uninstall --yes\n`;
        await write(session.stdout, `${lines.join('')}${after}`);
        return EXIT.couldNotRun;
      }
      // Once nobody has the right any more, a sweep under way cannot make anew what is cleared away.
      const makers = await removeInstalled(client, found.objects.filter(isMaker));
      const left = await removeLeftovers(client, { kind: 'all' }, []);
      const rest = await removeInstalled(
        client,
        found.objects.filter((each) => !isMaker(each)),
      );
      const limitations = [...found.limitations, ...makers, ...left.limitations, ...rest];
      const failed = new Set(limitations.map(({ what }) => what));
      const gone = [...left.removed, ...found.objects.map(sayInstalled).filter((each) => !failed.has(each))];
      const lines = gone.map((each) => `removed  ${each}\n`);
      await write(session.stdout, `${lines.length > 0 ? lines.join('') : 'Nothing to remove\n'}${kept}`);
      await tellLimitations(session, limitations);
      return limitations.length === 0 ? EXIT.healthy : EXIT.couldNotRun;
    }),
};

/** What makes things, or lets somebody make them. */
function isMaker({ kind }: Installed): boolean {
  return kind === 'CronJob' || /^(?:Cluster)?Role(?:Binding)?$/.test(kind);
}

function sayKept(names: readonly string[]): string {
  if (names.length === 0) return '';
  return `${names.map((each) => `kept     ${each}\n`).join('')}The history of sweeps stays: --delete-history removes it\n`;
}

/** Somebody sits there who can be asked. */
function isTerminal({ stdin, stdout }: Session): boolean {
  return stdout.isTTY === true || ('isTTY' in stdin && stdin.isTTY === true);
}
