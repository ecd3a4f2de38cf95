/** Writes FOLDER/kprobe.yaml for krew: `node scripts/krew.ts FOLDER URL`, URL being where the archives of FOLDER can be fetched. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { archiveOf, executablesIn } from './bundling/executables.ts';
import { krewManifest } from './krew-manifest.ts';

const [folder, url] = process.argv.slice(2);
if (folder === undefined || url === undefined) throw new Error('usage: node scripts/krew.ts FOLDER URL');

const archives = executablesIn(folder).map(({ name, cpu }) => {
  const file = archiveOf(name, packageJson.version);
  const sha256 = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex');
  return { name, cpu, sha256, url: `${url.replace(/\/$/u, '')}/${file}` };
});
writeFileSync(join(folder, 'kprobe.yaml'), krewManifest(packageJson.version, archives));
