/**
 * Writes kprobe as one file that needs no Node: `node scripts/executable.ts FOLDER CPU…`, CPU being x64 or arm64, each a folder
 * FOLDER/kprobe-linux-CPU with the program and the licenses of all that is in it. Node's "single executable applications": a Node
 * of the same version as this one, as npm carries it, with kprobe and the agent for its pods injected.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { bundleAgent } from '../src/place/bundle.ts';
import { keepLicenses } from './bundling/licenses.ts';
import { project, standIns, withoutLab } from './bundling/stand-ins.ts';
import { AGENT_ASSET } from './executable/words.ts';
import { nodeFolder } from './node-program.ts';

/** What Node looks for in itself (nodejs.org, "Single executable applications"). */
const RESOURCE = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const [folder, ...cpus] = process.argv.slice(2);
if (folder === undefined || cpus.length === 0) throw new Error('usage: node scripts/executable.ts FOLDER CPU…');

const work = mkdtempSync(join(tmpdir(), 'kprobe-executable-'));
try {
  const metafile = await bundle(join(work, 'kprobe.cjs'));
  writeFileSync(join(work, AGENT_ASSET), await bundleAgent());
  for (const cpu of cpus) makeExecutable(cpu, join(folder, `kprobe-linux-${cpu}`), metafile);
} finally {
  rmSync(work, { recursive: true });
}

/** All of the command line as one CommonJS file: what a single executable can start with. */
async function bundle(outfile: string): Promise<Metafile> {
  const { metafile, warnings } = await build({
    absWorkingDir: project,
    entryPoints: ['scripts/executable/entry.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    tsconfigRaw: {},
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    // A file that is in no folder can import nothing at run time: parts that are loaded late are in it, too.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'kprobeUrl' },
    banner: { js: "const kprobeUrl = require('node:url').pathToFileURL(process.execPath).href;" },
    plugins: [
      withoutLab,
      standIns({
        'src/place/bundle.ts': 'scripts/executable/bundle.ts',
        'probes/kinds/lookup-command.ts': 'scripts/executable/lookup-command.ts',
      }),
    ],
    metafile: true,
    logLevel: 'warning',
  });
  if (warnings.length > 0) throw new Error('the bundle is not what it should be');
  return metafile;
}

function makeExecutable(cpu: string, into: string, metafile: Metafile): void {
  const node = nodeFolder({ version: process.versions.node, cpu });
  const blob = join(work, `${cpu}.blob`);
  const settings = {
    main: join(work, 'kprobe.cjs'),
    output: blob,
    disableExperimentalSEAWarning: true,
    // What V8 compiled is of the processor that it was compiled on.
    useCodeCache: cpu === process.arch,
    assets: { [AGENT_ASSET]: join(work, AGENT_ASSET) },
  };
  writeFileSync(join(work, 'settings.json'), JSON.stringify(settings));
  execFileSync(process.execPath, ['--experimental-sea-config', join(work, 'settings.json')], { stdio: 'pipe' });
  mkdirSync(into, { recursive: true });
  const program = join(into, 'kprobe');
  copyFileSync(join(node, 'bin', 'node'), program);
  chmodSync(program, 0o755);
  const postject = join(project, 'node_modules', '.bin', 'postject');
  execFileSync(postject, [program, RESOURCE, blob, '--sentinel-fuse', FUSE], { stdio: 'pipe' });
  copyFileSync(join(project, 'LICENSE'), join(into, 'LICENSE'));
  keepLicenses(metafile, join(into, 'licenses'));
  copyFileSync(join(node, 'LICENSE'), join(into, 'licenses', 'node.txt'));
}
