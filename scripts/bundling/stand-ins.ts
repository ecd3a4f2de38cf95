/** Files of the source that a build has others for. */
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

export const project = fileURLToPath(new URL('../..', import.meta.url));

/** The lab needs nftables, nginx and the right to make namespaces: it comes with the npm package alone. */
export const withoutLab: Plugin = {
  name: 'without-lab',
  setup({ onResolve }) {
    const file = join(project, 'scripts', 'bundling', 'no-lab.ts');
    onResolve({ filter: /\/lab\// }, ({ importer }) => (importer.includes(`${sep}lab${sep}`) ? null : { path: file }));
  },
};

/** Wherever the one is imported, the other is taken: both as paths from the project's root. */
export function standIns(instead: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'stand-ins',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const other = instead[relative(project, resolve(resolveDir, path))];
        return other === undefined ? null : { path: join(project, other) };
      });
    },
  };
}
