/** `kprobe sweep --init`: a sweep file from what the cluster serves. */
import { UserError } from '../model/user-error.ts';
import type { Flags } from '../options.ts';
import { type Command, EXIT, remark, type Session, write } from './command.ts';
import { tellLimitations, withCluster } from './connection.ts';

/** All kinds of a large cluster are read within this. */
const TIMEOUT = '60s';

export function draft(flags: Flags, session: Session): ReturnType<Command['run']> {
  if (Array.isArray(flags['targets']) && flags['targets'].length > 0) {
    throw new UserError('--init takes no targets: it looks for them', { hint: 'kprobe sweep --init > sweep.yaml' });
  }
  return withCluster({ ...flags, timeout: flags['timeout'] ?? TIMEOUT }, session, async (client, signal) => {
    const [{ discover }, { draftSweepFile }] = await Promise.all([
      import('../discover/discover.ts'),
      import('../sweep/init.ts'),
    ]);
    const cluster = await discover(client, { signal });
    const { text, targets } = draftSweepFile(cluster, client.context ?? client.server);
    await tellLimitations(session, cluster.unread);
    if (targets === 0) await remark(session.stderr, 'kprobe: nothing was found that could be a target\n');
    await write(session.stdout, text);
    return targets === 0 ? EXIT.inconclusive : EXIT.healthy;
  });
}
