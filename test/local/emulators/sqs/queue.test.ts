import type { Received } from '../../../../local/emulators/sqs/message.ts';
import type { Queue, QueueSettings } from '../../../../local/emulators/sqs/queue.ts';
import { createQueues, type Queues } from '../../../../local/emulators/sqs/queues.ts';

const SECOND = 1000;

let now: number;
let queues: Queues;

beforeEach(() => {
  now = Date.UTC(2026, 0, 2);
  queues = createQueues(() => now);
});

const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

function define(name: string, settings: Partial<QueueSettings> = {}): Queue {
  return queues.define({
    name,
    arn: arnOf(name),
    url: `http://localhost/000000000000/${name}`,
    visibilityTimeoutSeconds: 30,
    delaySeconds: 0,
    retentionSeconds: 3600,
    waitSeconds: 0,
    ...settings,
  });
}

const withDeadLetters = (maxReceiveCount: number) => {
  const dead = define('dead');
  const queue = define('queue', { redrive: { deadLetterArn: arnOf('dead'), maxReceiveCount } });
  return { queue, dead };
};

const only = (messages: Received[]): Received => {
  expect(messages).toHaveLength(1);
  return messages[0] as Received;
};

describe('a queue', () => {
  it('delivers a message, and hides it until its visibility timeout ends', () => {
    const queue = define('queue');
    const { messageId } = queue.send('hello');
    expect(only(queue.receive(10))).toMatchObject({ messageId, body: 'hello', receiveCount: 1, sentAt: now });
    now += 30 * SECOND - 1;
    expect(queue.receive(10)).toEqual([]);
    now += 1;
    expect(only(queue.receive(10))).toMatchObject({
      messageId,
      receiveCount: 2,
      firstReceivedAt: now - 30 * SECOND,
    });
  });

  it('deletes only by the latest receipt handle', () => {
    const queue = define('queue');
    queue.send('hello');
    const first = only(queue.receive(1));
    now += 30 * SECOND;
    const second = only(queue.receive(1));
    expect(queue.delete(first.receiptHandle)).toBe('stale');
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    expect(queue.delete(second.receiptHandle)).toBe('ok');
    expect(queue.delete(second.receiptHandle)).toBe('gone');
    expect(queue.delete('nonsense')).toBe('foreign');
    expect(define('other').delete(second.receiptHandle)).toBe('foreign');
    now += 3600 * SECOND;
    expect(queue.receive(1)).toEqual([]);
  });

  it('deletes a message that has become visible again', () => {
    const queue = define('queue');
    queue.send('hello');
    const { receiptHandle } = only(queue.receive(1));
    now += 30 * SECOND;
    expect(queue.delete(receiptHandle)).toBe('ok');
    expect(queue.receive(1)).toEqual([]);
  });

  it('changes how long a message stays invisible', () => {
    const queue = define('queue');
    queue.send('hello');
    const { receiptHandle } = only(queue.receive(1));
    expect(queue.changeVisibility(receiptHandle, 100)).toBe('ok');
    now += 99 * SECOND;
    expect(queue.receive(1)).toEqual([]);
    expect(queue.changeVisibility(receiptHandle, 0)).toBe('ok');
    expect(queue.changeVisibility(receiptHandle, 10)).toBe('stale');
    expect(queue.receive(1)).toHaveLength(1);
  });

  it('delivers a message only once per receive, even if it stays visible', () => {
    const queue = define('queue');
    queue.send('hello');
    expect(queue.receive(10, 0)).toHaveLength(1);
    expect(queue.receive(10, 0)).toHaveLength(1);
  });

  it.each([
    ['its own delay', { delaySeconds: 5 }, undefined],
    ["the message's delay", { delaySeconds: 900 }, { delaySeconds: 5 }],
  ])('delays a message by %s', (_, settings, options) => {
    const queue = define('queue', settings);
    queue.send('later', options);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    now += 5 * SECOND - 1;
    expect(queue.receive(1)).toEqual([]);
    now += 1;
    expect(queue.receive(1)).toHaveLength(1);
  });

  it('deletes a message after its retention, even in flight', () => {
    const queue = define('queue');
    queue.send('seen');
    queue.receive(1, 7200);
    queue.send('unseen');
    queue.send('delayed', { delaySeconds: 7200 });
    now += 3600 * SECOND;
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(queue.receive(10)).toEqual([]);
  });
});

describe('dead letters', () => {
  it('are messages received too often and not deleted, and they keep their attributes', () => {
    const { queue, dead } = withDeadLetters(2);
    const { messageId, sentAt } = queue.send('poison');
    for (let time = 0; time < 2; time += 1) {
      expect(queue.receive(1)).toHaveLength(1);
      now += 30 * SECOND;
    }
    expect(queue.receive(1)).toEqual([]);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(only(dead.receive(1))).toMatchObject({
      messageId,
      sentAt,
      body: 'poison',
      receiveCount: 3,
      deadLetterOf: arnOf('queue'),
    });
  });

  it('do not delay the messages behind them', () => {
    const { queue } = withDeadLetters(1);
    queue.send('poison');
    queue.receive(1, 0);
    queue.send('fine');
    expect(only(queue.receive(1)).body).toBe('fine');
  });

  it('are redriven to their source as new messages; without a source queue, they stay', () => {
    const { queue, dead } = withDeadLetters(1);
    const { messageId } = queue.send('poison');
    queue.receive(1, 0);
    queue.receive(1);
    dead.send('sent here');
    expect(queues.redrive(dead)).toEqual({ moved: 1, failed: 1 });
    const back = only(queue.receive(1));
    expect(back).toMatchObject({ body: 'poison', receiveCount: 1 });
    expect(back.messageId).not.toBe(messageId);
    expect(dead.counts().visible).toBe(1);
    expect(queues.redrive(dead, queue)).toEqual({ moved: 1, failed: 0 });
  });
});

describe('waiting for a message', () => {
  const never = new AbortController().signal;

  it('ends when a message is sent', async () => {
    const queue = define('queue');
    const waited = queue.wait(Number.POSITIVE_INFINITY, never);
    queue.send('hello');
    await waited;
    expect(queue.receive(1)).toHaveLength(1);
  });

  it('ends when the clock makes a message visible', async () => {
    const queue = define('queue');
    queue.send('hello', { delaySeconds: 60 });
    const waited = queue.wait(Number.POSITIVE_INFINITY, never);
    now += 60 * SECOND;
    await waited;
    expect(queue.receive(1)).toHaveLength(1);
  });

  it('ends when the wait time is over', async () => {
    const waited = define('queue').wait(now + 20 * SECOND, never);
    now += 20 * SECOND;
    await waited;
  });

  it('ends when the receiver aborts it', async () => {
    const giveUp = new AbortController();
    const waited = define('queue').wait(Number.POSITIVE_INFINITY, giveUp.signal);
    giveUp.abort();
    await waited;
    await define('queue').wait(Number.POSITIVE_INFINITY, giveUp.signal);
  });
});

/** The same numbers in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

it.each([1, 2, 3, 4, 5])(
  'loses no message and never delivers one that is in flight, in any order of calls (seed %i)',
  (seed) => {
    const chance = random(seed);
    const pick = (below: number) => Math.floor(chance() * below);
    const queue = define('queue', { visibilityTimeoutSeconds: 10, retentionSeconds: 1_209_600 });
    const alive = new Set<string>();
    const held = new Map<string, { until: number; receiptHandle: string }>();
    for (let step = 0; step < 3000; step += 1) {
      const [message] = [...held].slice(pick(held.size));
      const act = pick(5);
      if (act === 0) alive.add(queue.send('x', { delaySeconds: pick(3) }).messageId);
      if (act === 1) now += pick(4000);
      if (act === 2) {
        for (const { messageId, receiptHandle } of queue.receive(1 + pick(10))) {
          expect(alive.has(messageId)).toBe(true);
          expect(held.get(messageId)?.until ?? 0).toBeLessThanOrEqual(now);
          held.set(messageId, { until: now + 10 * SECOND, receiptHandle });
        }
      }
      if (act === 3 && message && queue.delete(message[1].receiptHandle) === 'ok') {
        alive.delete(message[0]);
        held.delete(message[0]);
      }
      if (act === 4 && message && queue.changeVisibility(message[1].receiptHandle, 5) === 'ok') {
        message[1].until = now + 5 * SECOND;
      }
      const { visible, inFlight, delayed } = queue.counts();
      expect(visible + inFlight + delayed).toBe(alive.size);
    }
    now += 60 * SECOND;
    expect(new Set(queue.receive(10_000).map(({ messageId }) => messageId))).toEqual(alive);
  },
);

it('takes no longer per message with 20,000 messages than with 2,000', () => {
  const timeFor = (count: number) => {
    const queue = define(`queue${count}`);
    // CPU time of this process, so that other processes do not count.
    const start = process.cpuUsage();
    for (let sent = 0; sent < count; sent += 1) queue.send('x');
    for (let batch = queue.receive(10); batch.length > 0; batch = queue.receive(10)) {
      for (const { receiptHandle } of batch) queue.delete(receiptHandle);
    }
    return process.cpuUsage(start).user / count;
  };
  const best = (count: number) => Math.min(...[1, 2, 3].map(() => timeFor(count)));
  // If any of it scanned the queue, this would be about ten.
  expect(best(20_000) / best(2000)).toBeLessThan(5);
});
