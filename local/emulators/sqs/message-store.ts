import type { Clock } from '../../ground/clock.ts';
import { createTimeline } from '../../ground/timeline.ts';
import { createWaitingRoom } from '../../ground/waiting-room.ts';
import type { Counts, State, Stored } from './message.ts';
import type { MessageLine } from './message-lines.ts';

/** Keeps the state of each message, and carries out changes of state when they are due. */
export function createMessageStore(messages: Map<string, Stored>, clock: Clock, line: MessageLine) {
  const counts = { visible: 0, inFlight: 0, delayed: 0 };
  const timeline = createTimeline<() => void>();
  const room = createWaitingRoom(clock, timeline.next);
  const move = (message: Stored, state: State) => {
    const before = message.state;
    if (before !== 'gone') counts[before] -= 1;
    if (state !== 'gone') counts[state] += 1;
    message.state = state;
    message.turn += 1;
    if (before === state) return;
    if (state === 'inFlight') line.hold(message);
    if (before === 'inFlight' && line.release(message) === 'ready') room.wake();
  };
  const show = (message: Stored) => {
    move(message, 'visible');
    line.push(message);
    room.wake();
  };
  const hide = (message: Stored, seconds: number, state: 'inFlight' | 'delayed') => {
    if (seconds <= 0) return show(message);
    move(message, state);
    const { turn } = message;
    timeline.add(clock() + seconds * 1000, () => {
      if (message.turn === turn) show(message);
    });
  };
  const remove = (message: Stored) => {
    if (message.state !== 'gone') move(message, 'gone');
    messages.delete(message.messageId);
  };
  const settle = () => {
    const now = clock();
    for (let act = timeline.takeDue(now); act; act = timeline.takeDue(now)) act();
  };
  return {
    settle,
    hide,
    remove,
    wait: room.wait,
    nextVisible: line.shift,
    enter(message: Stored, expiresAt: number, delaySeconds: number) {
      timeline.add(expiresAt, () => remove(message));
      hide(message, delaySeconds, 'delayed');
    },
    counts(): Counts {
      settle();
      return { ...counts };
    },
  };
}

export type MessageStore = ReturnType<typeof createMessageStore>;
