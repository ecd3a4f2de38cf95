/** Bundles the probe agent into one file without dependencies, dist/agent.mjs: what the run's ConfigMap and our image carry. */
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

await build({
  absWorkingDir: root,
  entryPoints: ['probes/main.ts'],
  outfile: 'dist/agent.mjs',
  bundle: true,
  format: 'esm',
  platform: 'node',
  // The oldest Node that an image named by the user may carry.
  target: 'node20',
  minify: false,
  logLevel: 'error',
});
