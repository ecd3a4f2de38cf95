/** `kprobe check --init`: a file of who reaches whom, from what policies say today. */
import { UserError } from '../model/user-error.ts';
import { type Flags, text } from '../options.ts';
import { type Command, EXIT, remark, type Session, write } from './command.ts';
import { tellLimitations, withCluster } from './connection.ts';

/** All kinds of a large cluster are read within this. */
const TIMEOUT = '60s';

export function draftCheck(flags: Flags, session: Session): ReturnType<Command['run']> {
  if (text(flags, 'file') !== null) {
    throw new UserError('--init takes no file: it makes one', { hint: 'kprobe check --init > reach.yaml' });
  }
  return withCluster({ ...flags, timeout: flags['timeout'] ?? TIMEOUT }, session, async (client, signal) => {
    const [{ discover }, { draftReachFile }] = await Promise.all([
      import('../discover/discover.ts'),
      import('../sweep/reach-init.ts'),
    ]);
    const cluster = await discover(client, { signal });
    const { text: draft, targets } = draftReachFile(cluster, client.context ?? client.server);
    await tellLimitations(session, cluster.unread);
    if (targets === 0) await remark(session.stderr, 'kprobe: no policy speaks of any two workloads\n');
    await write(session.stdout, draft);
    return targets === 0 ? EXIT.inconclusive : EXIT.healthy;
  });
}
