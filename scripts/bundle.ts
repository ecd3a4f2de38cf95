/** Writes the probe agent as one file, dist/agent.mjs: what an installed kprobe puts into a run's ConfigMap. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleAgent } from '../src/place/bundle.ts';

const folder = fileURLToPath(new URL('../dist/', import.meta.url));
const agent = await bundleAgent();
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}agent.mjs`, agent);
