#!/usr/bin/env node
/** `kubectl_complete-kprobe`: what kubectl starts to complete `kubectl kprobe …` (kubernetes.io, "Extend kubectl with plugins"). */
process.argv.splice(2, 0, '__complete');
await import('./cli.ts');
