/** What builds takes all that a CPU has; other files of this suite wait for real timers at the same time. */
import { constants, setPriority } from 'node:os';

/** From here on this process, and what it starts, runs when nobody else wants to. Each test file has a process of its own. */
export function standBack(): void {
  setPriority(constants.priority.PRIORITY_LOW);
}
