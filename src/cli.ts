#!/usr/bin/env node
/** Where the command line begins: asks first whether this Node is new enough, since an older one could not even read the rest. */
import { nodeProblem } from './oldest-node.ts';

const problem = nodeProblem(process.versions.node);
if (problem === null) {
  await import('./cli-main.ts');
} else {
  process.stderr.write(`kprobe: ${problem}\n`);
  // As every command line that could not be run.
  process.exitCode = 2;
}
