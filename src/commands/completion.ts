/** `kprobe completion SHELL`: the script that a shell sources. */
import { UserError } from '../model/user-error.ts';
import { type Command, EXIT, write } from './command.ts';
import { COMPLETION_SCRIPTS } from './completion-scripts.ts';

export const completion: Command = {
  usage: 'completion <shell>',
  summary: 'Print the completion script of a shell: bash, zsh or fish',
  positionals: { shell: { type: 'string', describe: 'bash, zsh or fish' } },
  flags: {},
  examples: [
    ['source <(kprobe completion bash)', 'In ~/.bashrc'],
    ['source <(kprobe completion zsh)', 'In ~/.zshrc, after compinit'],
    ['kprobe completion fish > ~/.config/fish/completions/kprobe.fish', 'Once'],
  ],
  epilogue:
    'Completes commands, flags, contexts, namespaces and targets. kubectl kprobe is completed by kubectl itself.',
  endsOnSignal: false,
  async run(flags, session) {
    const { shell: asked } = flags;
    const shell = typeof asked === 'string' ? asked : '';
    const script = Object.hasOwn(COMPLETION_SCRIPTS, shell) ? COMPLETION_SCRIPTS[shell] : undefined;
    if (script === undefined)
      throw new UserError(`There is no completion for "${shell}"`, { hint: 'it is bash, zsh or fish' });
    await write(session.stdout, script);
    return EXIT.healthy;
  },
};
