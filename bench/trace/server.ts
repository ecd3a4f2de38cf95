/** Answers what comes first on a connection with itself and closes: `node bench/trace/server.ts PORT`. It ends with its input. */
import { createServer } from 'node:net';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined).once('data', (question) => socket.end(question));
});
server.listen(Number(process.argv[2]), () => process.stdout.write('ready\n'));
process.stdin.on('end', () => process.exit()).resume();
