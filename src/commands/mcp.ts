/** `kprobe mcp`: the commands as tools of the Model Context Protocol, for programs that work for people. */
import { image, text } from '../options.ts';
import { type Command, EXIT, remark } from './command.ts';
import { clusterFlags } from './flags.ts';
import { imageFlags, pullChoice } from './image-flags.ts';

export const mcp: Command = {
  usage: 'mcp',
  summary:
    'Serve diagnose, matrix, explain, lint and history to bots (Model Context Protocol, on standard input and output)',
  positionals: {},
  flags: {
    ...clusterFlags,
    ...imageFlags,
    'no-host': { type: 'boolean', describe: 'Place no probe pods on the host network' },
    history: { type: 'string', requiresArg: true, describe: 'FILE [$XDG_STATE_HOME/kprobe/history.sqlite]' },
  },
  examples: [
    ['kprobe mcp', 'What a client is told to start'],
    ['kprobe mcp --context staging', 'For one cluster; a bot cannot choose another'],
  ],
  epilogue: [
    'A client starts it and ends it: { "command": "kprobe", "args": ["mcp"] }.',
    'One measurement at a time; cancelled, or when the client leaves, its pods go at once.',
  ].join('\n'),
  endsOnSignal: true,
  async run(flags, session) {
    image(text(flags, 'image'));
    pullChoice(flags);
    if (session.stdout.isTTY === true) {
      await remark(session.stderr, 'kprobe: waiting for a client of the Model Context Protocol; Ctrl-C leaves\n');
    }
    const { serve } = await import('./mcp-server.ts');
    await serve(flags, session);
    return EXIT.healthy;
  },
};
