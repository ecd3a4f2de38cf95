/** Why a file cannot be read, in words. Pure. */

/** As Linux names them (errno(3)). */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

export function whyUnreadable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  if (code !== null) return WORDS[code] ?? code;
  return cause instanceof Error ? cause.message : String(cause);
}
