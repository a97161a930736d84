import type { Stored } from './message.ts';

/** Messages that are visible, in the order in which they are to be received. */
export interface MessageLine {
  push(message: Stored): void;
  /** Takes the next message. Skips messages that are not visible any more. */
  shift(): Stored | undefined;
  /** Marks the message as in flight. */
  hold(message: Stored): void;
  /** Marks the message as not in flight. @returns `ready` if other messages can be received now */
  release(message: Stored): 'ready' | undefined;
}

/** A message, and its turn when it was added. In a later turn, this entry is outdated. */
interface Entry {
  readonly message: Stored;
  readonly turn: number;
}

const entryOf = (message: Stored): Entry => ({ message, turn: message.turn });
const isCurrent = ({ message, turn }: Entry) => message.turn === turn;

/** First in, first out. */
export function createPlainLine(): MessageLine {
  let line: Entry[] = [];
  let head = 0;
  return {
    push: (message) => void line.push(entryOf(message)),
    shift() {
      while (head < line.length) {
        const entry = line[head++];
        if (head > 1024 && 2 * head > line.length) [line, head] = [line.slice(head), 0];
        if (entry && isCurrent(entry)) return entry.message;
      }
      return undefined;
    },
    hold: () => {},
    release: () => undefined,
  };
}

interface Group {
  /** In the order of sending. */
  readonly line: Entry[];
  inFlight: number;
}

/**
 * One line per message group. A group is skipped while one of its messages is in flight. After a group had its turn, it goes
 * behind the others.
 */
export function createGroupedLine(): MessageLine {
  const groups = new Map<string, Group>();
  const groupAt = (id: string) => {
    const group = groups.get(id) ?? { line: [], inFlight: 0 };
    groups.set(id, group);
    return group;
  };
  return {
    push: (message) => insert(groupAt(groupIdOf(message)).line, entryOf(message)),
    shift() {
      for (const [id, { line, inFlight }] of groups) {
        const message = inFlight > 0 ? undefined : firstOf(line);
        if (message) return message;
        if (inFlight === 0) groups.delete(id);
      }
      return undefined;
    },
    hold(message) {
      groupAt(groupIdOf(message)).inFlight += 1;
    },
    release(message) {
      const id = groupIdOf(message);
      const group = groupAt(id);
      group.inFlight -= 1;
      if (group.inFlight > 0) return undefined;
      groups.delete(id);
      if (group.line.length === 0) return undefined;
      groups.set(id, group);
      return 'ready';
    },
  };
}

const groupIdOf = ({ fifo }: Stored) => fifo?.groupId ?? '';
const placeOf = ({ message }: Entry) => message.fifo?.sequenceNumber ?? '';

/** Nearly every entry goes to the end. A message that becomes visible again goes near the beginning. */
function insert(line: Entry[], entry: Entry): void {
  const place = placeOf(entry);
  const index = line.findLastIndex((other) => placeOf(other) <= place) + 1;
  if (index < line.length) line.splice(index, 0, entry);
  else line.push(entry);
}

function firstOf(line: Entry[]): Stored | undefined {
  for (let entry = line.shift(); entry; entry = line.shift()) if (isCurrent(entry)) return entry.message;
  return undefined;
}
