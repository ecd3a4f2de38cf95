/** Bytes as they come → whole lines. */

/** A line longer than this is no message of ours; what exceeds it is dropped, so that a runaway log cannot fill the memory. */
const LONGEST_LINE = 1024 * 1024;

/** Ends quietly where the stream breaks, without the last unfinished line: the caller asks again for what is missing. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of bytes) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
      for (const line of lines) yield line;
    }
  } catch {
    return;
  }
}
