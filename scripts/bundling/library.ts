/** Makes one file of src/api/library.ts, as it was compiled, and the libraries behind it: see there. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { keepLicenses } from './licenses.ts';
import { project } from './stand-ins.ts';

/** `dist`: where the compiled program is, below the project. */
export async function bundleLibrary(dist: string): Promise<void> {
  const file = join(dist, 'src/api/library.js');
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    // As large as all the rest, and loaded anyway.
    external: ['undici'],
    // Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    // Libraries in CommonJS ask for Node's own modules by require.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';const require = makeRequire(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  });
  keepLicenses(metafile, join(project, dist, 'licenses'));
}
