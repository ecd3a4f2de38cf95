/** The oldest Node that kprobe runs on. In words that any Node since 14 can read: nothing else is read there. */

/** As `engines` of package.json has it: the newest that a library asks for. */
export const OLDEST_NODE = '22.19';

/** What is wrong with this version of Node, in one line; null: nothing. `version`: as process.versions.node has it. */
export function nodeProblem(version: string): string | null {
  const [wanted, found] = [numbers(OLDEST_NODE), numbers(version)];
  const first = wanted.findIndex((figure, place) => figure !== found[place]);
  if (first < 0 || (wanted[first] ?? 0) < (found[first] ?? 0)) return null;
  return `Node.js ${OLDEST_NODE} or newer is needed (this is ${version}); the executable for Linux brings its own`;
}

function numbers(version: string): number[] {
  return version.split('.').map(Number);
}
