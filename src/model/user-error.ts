/**
 * Something the user can put right. Only cli-main.ts catches it: one line `kprobe: message`, one line `hint`, exit code 2.
 * Everything else that is thrown is a bug.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What to try. */
  readonly hint: string | null;
  /** Further things that are wrong, a line each: nobody wants to learn of ten mistakes one by one. */
  readonly more: readonly string[];

  constructor(message: string, options: { hint?: string; more?: readonly string[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint ?? null;
    this.more = options.more ?? [];
  }
}
