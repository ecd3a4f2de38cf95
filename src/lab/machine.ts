/** Makes the mount namespace the lab's own: a /run that vanishes with it, and of names only the one outside the cluster. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OUTSIDE_NAME } from './add-ons.ts';
import type { Topology } from './model.ts';
import { RANGES } from './network/address-plan.ts';
import { runScript } from './run-script.ts';

/** Everything the lab writes lies here. */
export const LAB_FOLDER = '/run/kprobe-lab';
/** Found first in the PATH of pods. */
export const SHIMS_FOLDER = join(LAB_FOLDER, 'bin');
export const TEMPORARY_FOLDER = join(LAB_FOLDER, 'tmp');

/** Only inside `enter`'s namespaces. */
export async function prepareMachine({ families }: Pick<Topology, 'families'>): Promise<void> {
  await runScript('mount -t tmpfs -o mode=755 kprobe-lab /run');
  await mkdir(SHIMS_FOLDER, { recursive: true });
  await mkdir(TEMPORARY_FOLDER, { recursive: true });
  const resolver = join(LAB_FOLDER, 'resolv.conf');
  // Nothing listens there, so that a name that needs DNS fails at once and not after the resolver's timeouts.
  await writeFile(resolver, 'nameserver 127.0.0.1\n');
  const hosts = join(LAB_FOLDER, 'hosts');
  const known = await readFile('/etc/hosts', 'utf8').catch(() => '127.0.0.1\tlocalhost\n');
  const outside = families.map((family) => `${RANGES[family].lab}\t${OUTSIDE_NAME}\n`).join('');
  await writeFile(hosts, `${known.trimEnd()}\n${outside}`);
  // Where /etc/resolv.conf leads into the /run that is covered now, the resolver asks 127.0.0.1 anyway.
  await runScript(`[ ! -e /etc/resolv.conf ] || mount --bind ${resolver} /etc/resolv.conf`);
  await runScript(`[ ! -e /etc/hosts ] || mount --bind ${hosts} /etc/hosts`);
}
