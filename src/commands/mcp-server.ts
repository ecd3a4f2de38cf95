/** The server of `kprobe mcp`: a call of a tool is a run of its command, in a session of its own. */
import { McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import limiter from 'p-limit';
import packageJson from '../../package.json' with { type: 'json' };
import { UserError } from '../model/user-error.ts';
import type { Flags } from '../options.ts';
import type { Session } from './command.ts';
import { notices } from './mcp-progress.ts';
import { calledSession } from './mcp-session.ts';
import { type Answer, type Tool, TOOLS } from './mcp-tools.ts';

/** Flags of `kprobe mcp` itself: which cluster, which image; a bot cannot change them. */
const OWN_FLAGS = ['context', 'kubeconfig', 'image', 'pull-secret', 'pull-policy', 'no-host', 'history'];

/** Resolves when the client has left, or the session is stopped, and nothing that it asked for runs any more. */
export async function serve(flags: Flags, session: Session): Promise<void> {
  const over = new AbortController();
  const server = { flags, session, signal: AbortSignal.any([session.signal, over.signal]) };
  const calls = new Set<Promise<unknown>>();
  // Two measurements at once would disturb each other, and be twice the pods.
  const oneAtATime = limiter(1);
  const answer = async (tool: Tool, input: unknown, context: ServerContext) => {
    const signal = AbortSignal.any([server.signal, context.mcpReq.signal]);
    const work = () => runTool(tool, { ...server, signal, input, context });
    const call = tool.measures ? oneAtATime(work) : work();
    calls.add(call);
    return call.then(succeeded, failed).finally(() => calls.delete(call));
  };
  const left = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) session.stdin.once(event, resolve);
    session.signal.addEventListener('abort', () => resolve(), { once: true });
    if (session.signal.aborted) resolve();
  });
  const transport = new StdioServerTransport(session.stdin, session.stdout);
  const handle = serveStdio(() => serverOf(answer), { transport });
  await left;
  over.abort(new Error('the client has left'));
  await Promise.allSettled(calls);
  await handle.close();
}

type AnswerCall = (
  tool: Tool,
  input: unknown,
  context: ServerContext,
) => Promise<ReturnType<typeof succeeded> | ReturnType<typeof failed>>;

function serverOf(answer: AnswerCall): McpServer {
  const { name, version } = packageJson;
  const server = new McpServer({ name, version }, { capabilities: { tools: {} } });
  for (const tool of TOOLS) {
    const { title, description, input, output, measures } = tool;
    // Pods that are gone again change nothing of the cluster's; but each run sees it as it is then.
    const annotations = {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: !measures,
      openWorldHint: measures,
    };
    server.registerTool(
      tool.name,
      { title, description, inputSchema: input, outputSchema: output, annotations },
      (given, context) => answer(tool, given, context),
    );
  }
  return server;
}

interface Call {
  readonly flags: Flags;
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly input: unknown;
  readonly context: ServerContext;
}

async function runTool(tool: Tool, { flags, session, signal, input, context }: Call): Promise<Answer> {
  signal.throwIfAborted();
  const { flags: asked, stdin } = tool.asked(input);
  const called = calledSession(session, { stdin, signal, reportProgress: reporter(context) });
  await tool.command.run({ ...ownFlags(tool, flags), ...given(asked), output: 'json', quiet: true }, called.session);
  return tool.answer(JSON.parse(called.printed()));
}

/** What yargs would give the command: its own flags as the server was told them, else as they are by default. */
function ownFlags({ command }: Tool, flags: Flags): Flags {
  const names = Object.entries(command.flags);
  return Object.fromEntries(
    names.map(([name, { default: usual }]) => [name, OWN_FLAGS.includes(name) ? flags[name] : (usual as unknown)]),
  );
}

function given(flags: Flags): Flags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

function reporter({ mcpReq }: ServerContext): ReturnType<typeof notices> {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => undefined;
  return notices(
    (notice) =>
      void mcpReq
        .notify({ method: 'notifications/progress', params: { progressToken, ...notice } })
        // It has been cancelled meanwhile, or the client has left.
        .catch(() => undefined),
    () => performance.now(),
  );
}

function succeeded({ text, structured }: Answer) {
  return { content: [{ type: 'text' as const, text }], structuredContent: structured };
}

/** Words for the bot, which can try again: what is wrong and what to try. */
function failed(cause: unknown) {
  const lines =
    cause instanceof UserError
      ? [cause.message, ...cause.more, ...(cause.hint === null ? [] : [cause.hint])]
      : [`${cause instanceof Error ? cause.message : String(cause)} (this is a bug in kprobe)`];
  return { content: [{ type: 'text' as const, text: lines.join('\n') }], isError: true };
}
