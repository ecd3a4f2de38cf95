/** Most licenses ask to travel with the code: those of the packages that went into a bundle, a file each. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { project } from './stand-ins.ts';

/** `folder` is made. */
export function keepLicenses({ inputs }: Metafile, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const path of packagesOf(Object.keys(inputs))) keepLicense(path, folder);
}

/** Folders of the packages that files are from, below the project. */
function packagesOf(files: readonly string[]): Set<string> {
  const named = files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  return new Set(named);
}

function keepLicense(path: string, folder: string): void {
  const own = join(project, path);
  const texts = readdirSync(own).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name));
  const { name, license } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as Record<string, unknown>;
  const said = texts.map((text) => readFileSync(join(own, text), 'utf8'));
  const file = join(folder, `${String(name).replaceAll('/', '__')}.txt`);
  if (!existsSync(file))
    writeFileSync(file, said.length > 0 ? said.join('\n') : `License: ${JSON.stringify(license)}\n`);
}
