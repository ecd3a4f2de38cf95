/** Compiles to dist/ what is published: the CLI, the agent bundle, and the YAML that the lab reads beside its code. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleLibrary } from './bundling/library.ts';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['--project', 'tsconfig.build.json'], { stdio: 'inherit' });
await bundleLibrary('dist');
await import('./bundle.ts');
for (const file of globSync('src/**/*.{yaml,json}', { exclude: ['src/demo*'] })) cpSync(file, `dist/${file}`);
for (const entry of ['cli', 'cli-complete']) chmodSync(`dist/src/${entry}.js`, 0o755);
