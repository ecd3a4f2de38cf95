/** Where kprobe's executable begins: one file for all of its commands, by the name that it is started as, and for its lookups. */
import { basename } from 'node:path';
import { runInThisContext } from 'node:vm';
import { LOOKUP_SCRIPT } from '../../probes/kinds/lookup-script.ts';
import { LOOKUP_WORD } from './words.ts';

if (process.argv[2] === LOOKUP_WORD) {
  runInThisContext(LOOKUP_SCRIPT);
} else {
  // As src/cli-complete.ts does it.
  if (basename(process.argv0) === 'kubectl_complete-kprobe') process.argv.splice(2, 0, '__complete');
  void import('../../src/cli-main.ts');
}
