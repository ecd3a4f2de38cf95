/** Answers each datagram with itself: `node bench/trace/echo.ts PORT`. It ends with its input, and never sleeps: how long an idle CPU takes to wake would hide what a hook takes. */
import { createSocket } from 'node:dgram';

const socket = createSocket('udp4');
socket.on('message', (message, { port, address }) => socket.send(message, port, address));
socket.bind(Number(process.argv[2]), () => process.stdout.write('ready\n'));
const spin = () => void setImmediate(spin);
spin();
process.stdin.on('end', () => process.exit()).resume();
