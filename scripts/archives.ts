/**
 * Packs what scripts/executable.ts wrote: `node scripts/archives.ts FOLDER`. Of each executable an archive, and SHA256SUMS of all. The
 * same files give the same archive: names in order, no owners, and for all one date, that of SOURCE_DATE_EPOCH or else of the last commit.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { archiveOf, executablesIn } from './bundling/executables.ts';
import { project } from './bundling/stand-ins.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/archives.ts FOLDER');

const epoch =
  process.env['SOURCE_DATE_EPOCH'] ??
  execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: project, encoding: 'utf8' }).trim();

const sums = executablesIn(folder).map(({ name }) => {
  const archive = archiveOf(name, packageJson.version);
  const order = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u+rwX,go+rX,go-w',
    `--mtime=@${epoch}`,
  ];
  execFileSync('tar', [...order, '--use-compress-program=gzip --no-name', '-cf', archive, name], {
    cwd: folder,
  });
  return `${createHash('sha256')
    .update(readFileSync(join(folder, archive)))
    .digest('hex')}  ${archive}\n`;
});
writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
