/** Which images the lab has: names only, since every program comes from the machine. */

/** Repositories without registry, tag and digest, and what they run when a container gives no command. */
const KNOWN: readonly (readonly [pattern: RegExp, command: (name: string) => readonly string[]])[] = [
  [/^node$/, (): readonly string[] => ['node']],
  [/^(busybox|debian|rig\/tools)$/, (): readonly string[] => ['sh']],
  [/^nginx$/, (): readonly string[] => ['nginx', '-g', 'daemon off;']],
  // An image of the lab is named for its program.
  [/^lab\/[a-z0-9-]+$/, (name): readonly string[] => [name.slice('lab/'.length)]],
];

/** The default command of an image; null when it cannot be pulled. */
export function imageCommand(image: string): readonly string[] | null {
  const name = image
    .replace(/@sha256:.*$/, '')
    .replace(/:[^/:]+$/, '')
    .replace(/^docker\.io\//, '')
    .replace(/^library\//, '');
  const known = KNOWN.find(([pattern]) => pattern.test(name));
  return known === undefined ? null : known[1](name);
}
