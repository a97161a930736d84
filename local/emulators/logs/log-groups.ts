import type { Clock } from '../../ground/clock.ts';

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** The lines that functions and the API wrote, by log group. */
export interface LogGroups {
  /** Creates the group, unless it exists. */
  create(name: string): void;
  write(name: string, message: string): void;
  /** Oldest first; undefined if there is no such group. */
  read(name: string): readonly LogEvent[] | undefined;
}

/** Lines kept for each group. Without a limit, a long run would fill the memory of this machine. */
const KEPT = 2_000;

/** Keeps the latest lines of each group, in memory. */
export function createLogGroups(clock: Clock): LogGroups {
  const groups = new Map<string, LogEvent[]>();
  return {
    create(name) {
      if (!groups.has(name)) groups.set(name, []);
    },
    write(name, message) {
      const events = groups.get(name);
      if (!events) return;
      events.push({ timestamp: clock(), message });
      if (events.length > 2 * KEPT) events.splice(0, events.length - KEPT);
    },
    read: (name) => groups.get(name),
  };
}
