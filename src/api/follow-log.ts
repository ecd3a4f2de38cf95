/** A container's log from its first line to its last, each line once, however often the stream is cut. */
import type { ApiObject, ApiResult, LogEvent, Name } from './cluster-client.ts';
import { textAt, listAt } from './fields.ts';
import { linesOf } from './lines.ts';
import { pathOf, RESOURCES } from './resources.ts';
import { pause, type Transport } from './transport.ts';

/** A silent stream is opened anew, in case its connection is half-open: agents rarely say nothing for so long. */
const SILENCE_MS = 6000;
/** Where opening it anew brought nothing that had been withheld, the agent itself was silent: twice as long is waited then, as with the agents of a sweep, and at most this long. */
const LONGEST_SILENCE_MS = 24_000;
/** Lines that were there already come within this time of opening. */
const WITHHELD_MS = 1000;
const BREATH_MS = 200;

export interface LogParts {
  readonly transport: Transport;
  readonly getPod: (pod: Name) => Promise<ApiResult<ApiObject>>;
  readonly signal: AbortSignal;
}

/**
 * Resumes by counting the lines already told, from the start of the log: exact where timestamps have only whole seconds
 * (`sinceTime`), and an agent's log is small enough to be sent again and never rotated (the kubelet rotates at 10 MiB).
 */
export async function* followLog(
  { transport, getPod, signal }: LogParts,
  pod: Name,
  container: string,
): AsyncGenerator<LogEvent> {
  let told = 0;
  let ended = false;
  let silenceMs = SILENCE_MS;
  while (!signal.aborted) {
    const startedAt = Date.now();
    const opened = await transport.open(
      {
        method: 'GET',
        path: `${pathOf(RESOURCES.pods, pod)}/log`,
        query: { container, follow: ended ? 'false' : 'true' },
      },
      { signal, silenceMs },
    );
    if (opened.ok) {
      let index = 0;
      const openedAt = Date.now();
      let isWithheld = false;
      for await (const line of linesOf(opened.value)) {
        index += 1;
        if (index <= told) continue;
        told = index;
        isWithheld ||= Date.now() - openedAt < WITHHELD_MS;
        yield { kind: 'line', line };
      }
      silenceMs = isWithheld ? SILENCE_MS : Math.min(LONGEST_SILENCE_MS, 2 * silenceMs);
    } else if (isFinal(opened.problem.status)) {
      yield { kind: 'problem', problem: opened.problem };
      return;
    }
    // The last read began after the container had ended, so nothing can be missing.
    if (ended && opened.ok) return;
    const state = await getPod(pod);
    if (!state.ok && state.problem.status === 404) return;
    ended = state.ok && hasEnded(state.value, container);
    if (!ended && Date.now() - startedAt < BREATH_MS) await pause(BREATH_MS, signal);
  }
}

/** No right, or no such pod: asking again does not help. A container that still starts is answered with 400. */
function isFinal(status: number | null): boolean {
  return status === 401 || status === 403 || status === 404;
}

function hasEnded(pod: ApiObject, container: string): boolean {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return true;
  const all = ['containerStatuses', 'ephemeralContainerStatuses'].flatMap((kind) => listAt(pod, 'status', kind));
  const status = all.find((each) => textAt(each, 'name') === container);
  return textAt(status, 'state', 'terminated', 'containerID') !== null;
}
