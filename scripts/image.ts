/**
 * Writes what kprobe's image holds: `node scripts/image.ts FOLDER`. The CLI is bundled: its libraries are a hundred megabytes as npm
 * installs them, most of it types and what is never called, and reading thousands of files takes longer than running them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleAgent } from '../src/place/bundle.ts';
import { keepLicenses } from './bundling/licenses.ts';
import { project, withoutLab } from './bundling/stand-ins.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/image.ts FOLDER');

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
keepLicenses(metafile, join(folder, 'licenses'));
