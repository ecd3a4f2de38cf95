/** The program of a process that asks the system resolver for the name that is its last argument, and tells on its standard output. */
export const LOOKUP_SCRIPT = `
const load = process.getBuiltinModule ?? require;
const dns = load('node:dns');
const say = (told) => load('node:fs').writeSync(1, JSON.stringify(told) + '\\n');
say({});
const start = performance.now();
dns.lookup(process.argv.at(-1), { all: true, verbatim: true }, (error, found) => {
  const ms = performance.now() - start;
  say(error ? { ms, code: error.code } : { ms, addresses: found.slice(0, 64).map((one) => one.address) });
});`;
