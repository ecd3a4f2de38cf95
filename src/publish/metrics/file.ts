/** Metrics as a file for node_exporter's textfile collector. */
import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Limitation } from '../../model/cluster.ts';
import { type Channel, reasonOf } from '../channel.ts';
import { metricsOf } from './families.ts';
import { registryOf } from './registry.ts';

/** node_exporter runs as another user. */
const READABLE_BY_ALL = 0o644;

export function fileChannel(path: string): Channel {
  const name = `metrics file ${path}`;
  return {
    name,
    async tell(report) {
      const text = await (await registryOf(metricsOf(report).families)).metrics();
      const problem = await replaceFile(path, text);
      return problem === null ? unusualName(path, name) : [{ what: name, because: problem }];
    },
  };
}

/** The collector reads only names that end so (node_exporter, README, "Textfile Collector"). */
function unusualName(path: string, what: string): Limitation[] {
  return path.endsWith('.prom')
    ? []
    : [{ what, because: 'written, but node_exporter reads only files that end in .prom' }];
}

/**
 * Writes beside the file, under a name that no collector reads, and renames: a scrape sees the old metrics or the new ones. Returns
 * null or why not.
 */
async function replaceFile(path: string, text: string): Promise<string | null> {
  const file = await realpath(path).catch(() => path);
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  try {
    const present = await stat(file).catch(() => null);
    if (present !== null && !present.isFile()) return 'it is there, and is not a file';
    await using handle = await open(draft, 'wx', READABLE_BY_ALL);
    await handle.writeFile(text);
    await handle.chmod(READABLE_BY_ALL);
    await handle.sync();
    await rename(draft, file);
    return null;
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    const { code } = cause as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'its folder does not exist' : `it cannot be written (${code ?? reasonOf(cause)})`;
  }
}
