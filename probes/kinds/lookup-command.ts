/** How a process is started that looks one name up: by the Node that runs this. kprobe's executable has a stand-in for this file. */
import { LOOKUP_SCRIPT } from './lookup-script.ts';

/** A program and its arguments. */
export function lookupCommand(name: string): readonly [program: string, ...args: string[]] {
  return [process.execPath, '-e', LOOKUP_SCRIPT, '--', name];
}
