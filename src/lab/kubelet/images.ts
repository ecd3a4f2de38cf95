/** Which images the lab has: names only, since every program comes from the machine. */

/** The command line of an image when a container gives it these arguments. */
type CommandLine = (args: readonly string[], name: string) => readonly string[];

/** What the official node image's entrypoint does: options and script names are for node, programs stand for themselves. */
const NODE_OR_PROGRAM =
  'case $1 in -*) ;; *) if command -v "$1" > /dev/null && ! [ -f "$1" -a ! -x "$1" ]; then exec "$@"; fi ;; esac; exec node "$@"';

/** Arguments replace the command of an image without an entrypoint. */
function replaceable(...command: readonly string[]): CommandLine {
  return (args) => (args.length > 0 ? args : command);
}

/** Repositories without registry, tag and digest. */
const KNOWN: readonly (readonly [pattern: RegExp, commandLine: CommandLine])[] = [
  [
    /^node$/,
    (args): readonly string[] => (args.length === 0 ? ['node'] : ['sh', '-c', NODE_OR_PROGRAM, 'sh', ...args]),
  ],
  [/^(busybox|debian|rig\/tools)$/, replaceable('sh')],
  [/^nginx$/, replaceable('nginx', '-g', 'daemon off;')],
  // An image of the lab is named for its program, which is its entrypoint.
  [/^lab\/[a-z0-9-]+$/, (args, name): readonly string[] => [name.slice('lab/'.length), ...args]],
];

/** What an image runs with these arguments; null when it cannot be pulled. */
export function imageCommand(image: string, args: readonly string[] = []): readonly string[] | null {
  const name = image
    .replace(/@sha256:.*$/, '')
    .replace(/:[^/:]+$/, '')
    .replace(/^docker\.io\//, '')
    .replace(/^library\//, '');
  return KNOWN.find(([pattern]) => pattern.test(name))?.[1](args, name) ?? null;
}
