/** Recorded files instead of the kernel's. */
import type { Source } from '../../probes/node-facts.ts';

export function sourceOf(files: Readonly<Record<string, string>>): Source {
  return {
    text: (path) => files[path] ?? null,
    list: (path) => {
      const below = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
      const names = below.map((file) => file.slice(path.length + 1).split('/')[0] ?? '');
      return below.length === 0 ? null : [...new Set(names)];
    },
  };
}
