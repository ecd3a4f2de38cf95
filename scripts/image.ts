/**
 * Writes what kprobe's image holds: `node scripts/image.ts FOLDER`. The CLI is bundled: its libraries are a hundred megabytes as npm
 * installs them, most of it types and what is never called, and reading thousands of files takes longer than running them.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { bundleAgent } from '../src/place/bundle.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/image.ts FOLDER');
const project = fileURLToPath(new URL('..', import.meta.url));

/** The lab needs nftables, nginx and the right to make namespaces: nothing for an image. */
const withoutLab: Plugin = {
  name: 'without-lab',
  setup({ onResolve }) {
    const file = join(project, 'scripts', 'no-lab.ts');
    onResolve({ filter: /\/lab\// }, ({ importer }) => (importer.includes(`${sep}lab${sep}`) ? null : { path: file }));
  },
};

const { metafile } = await build({
  absWorkingDir: project,
  entryPoints: ['src/cli.ts'],
  outdir: join(folder, 'dist'),
  // Each at the depth of its source, below dist/src/X: from there the agent is found.
  entryNames: 'src/bin/[name]',
  chunkNames: 'src/chunks/[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // The same with and without the project's settings around.
  tsconfigRaw: {},
  // Names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  // Only a kprobe that is started from source bundles its agent.
  external: ['esbuild'],
  plugins: [withoutLab],
  // Libraries in CommonJS ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module';const require = makeRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(join(folder, 'dist', 'agent.mjs'), await bundleAgent());
mkdirSync(join(folder, 'licenses'), { recursive: true });
for (const name of packagesOf(Object.keys(metafile.inputs))) keepLicense(name);

/** Folders of the packages that files are from, below the project. */
function packagesOf(files: readonly string[]): Set<string> {
  const named = files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  return new Set(named);
}

/** Most licenses ask to travel with the code. */
function keepLicense(path: string): void {
  const own = join(project, path);
  const texts = readdirSync(own).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name));
  const { name, license } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as Record<string, unknown>;
  const said = texts.map((text) => readFileSync(join(own, text), 'utf8'));
  const file = join(folder ?? '', 'licenses', `${String(name).replaceAll('/', '__')}.txt`);
  mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(file))
    writeFileSync(file, said.length > 0 ? said.join('\n') : `License: ${JSON.stringify(license)}\n`);
}
