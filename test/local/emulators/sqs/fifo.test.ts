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

const arnAt = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

function define(settings: Partial<QueueSettings> = {}): Queue {
  const name = settings.name ?? 'queue.fifo';
  return queues.define({
    name,
    arn: arnAt(name),
    url: `http://localhost/000000000000/${name}`,
    visibilityTimeoutSeconds: 30,
    delaySeconds: 0,
    retentionSeconds: 3600,
    waitSeconds: 0,
    fifo: { contentBasedDeduplication: true },
    ...settings,
  });
}

const send = (queue: Queue, ...bodies: string[]) => {
  for (const body of bodies) queue.send(body, { groupId: body.slice(0, 1) });
};
const bodiesOf = (messages: readonly Received[]) => messages.map(({ body }) => body);

describe('a FIFO queue', () => {
  it('delivers messages in the order of sending, also those of the same instant', () => {
    const queue = define();
    const bodies = Array.from({ length: 30 }, (_, index) => `a${index}`);
    send(queue, ...bodies);
    const received: string[] = [];
    for (let batch = queue.receive(10); batch.length > 0; batch = queue.receive(10)) {
      received.push(...bodiesOf(batch));
      for (const { receiptHandle } of batch) queue.delete(receiptHandle);
    }
    expect(received).toEqual(bodies);
  });

  it('delivers nothing of a group while a message of it is in flight, and still delivers other groups', () => {
    const queue = define();
    send(queue, 'a1', 'a2', 'b1', 'a3');
    const first = queue.receive(2);
    expect(bodiesOf(first)).toEqual(['a1', 'a2']);
    expect(bodiesOf(queue.receive(10))).toEqual(['b1']);
    queue.delete(first[0]?.receiptHandle ?? '');
    expect(queue.receive(10)).toEqual([]);
    queue.delete(first[1]?.receiptHandle ?? '');
    expect(bodiesOf(queue.receive(10))).toEqual(['a3']);
  });

  it('returns a message to its old place', () => {
    const queue = define();
    send(queue, 'a1', 'a2', 'a3', 'a4');
    const [one, two] = queue.receive(2);
    queue.changeVisibility(two?.receiptHandle ?? '', 0);
    expect(queue.receive(10)).toEqual([]);
    queue.changeVisibility(one?.receiptHandle ?? '', 5);
    now += 5 * SECOND;
    expect(bodiesOf(queue.receive(10))).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  it('delivers from every group in turn', () => {
    const queue = define();
    send(queue, 'a1', 'b1');
    const [a] = queue.receive(1);
    send(queue, 'a2');
    queue.delete(a?.receiptHandle ?? '');
    expect(bodiesOf(queue.receive(1))).toEqual(['b1']);
    expect(bodiesOf(queue.receive(1))).toEqual(['a2']);
  });

  it("delays all messages by the queue's own delay", () => {
    const queue = define({ delaySeconds: 3 });
    send(queue, 'a1');
    now += SECOND;
    send(queue, 'a2');
    now += 2 * SECOND;
    expect(bodiesOf(queue.receive(10, 1))).toEqual(['a1']);
    now += SECOND;
    expect(bodiesOf(queue.receive(10))).toEqual(['a1', 'a2']);
  });

  it('wakes a waiting receiver when a group is free again', async () => {
    const queue = define();
    send(queue, 'a1', 'a2');
    const [first] = queue.receive(1);
    const waited = queue.wait(Number.POSITIVE_INFINITY, new AbortController().signal);
    queue.delete(first?.receiptHandle ?? '');
    await waited;
    expect(bodiesOf(queue.receive(10))).toEqual(['a2']);
  });

  it('deletes nothing by an expired handle', () => {
    const queue = define();
    send(queue, 'a1');
    const [first] = queue.receive(1);
    now += 30 * SECOND;
    expect(queue.delete(first?.receiptHandle ?? '')).toBe('stale');
    expect(bodiesOf(queue.receive(1))).toEqual(['a1']);
  });

  it('frees a group when its messages in flight expire', () => {
    const queue = define();
    send(queue, 'a1');
    expect(bodiesOf(queue.receive(1, 7200))).toEqual(['a1']);
    now += 3600 * SECOND;
    send(queue, 'a2');
    expect(bodiesOf(queue.receive(1))).toEqual(['a2']);
  });

  it('refuses a message without a group, or without an id for deduplication', () => {
    expect(() => define().send('x')).toThrow('needs a group');
    const queue = define({ fifo: { contentBasedDeduplication: false } });
    expect(() => queue.send('x', { groupId: 'a' })).toThrow('a deduplication id');
    queue.send('x', { groupId: 'a', deduplicationId: 'd' });
    expect(queue.counts().visible).toBe(1);
  });
});

describe('duplicates', () => {
  it('are accepted, answered like the first, and dropped for five minutes, even if the first is deleted', () => {
    const queue = define();
    const first = queue.send('x', { groupId: 'a' });
    for (const { receiptHandle } of queue.receive(1)) queue.delete(receiptHandle);
    now += 300 * SECOND - 1;
    const { messageId, fifo } = queue.send('x', { groupId: 'b' });
    expect([messageId, fifo]).toEqual([first.messageId, first.fifo]);
    expect(queue.counts().visible).toBe(0);
    now += 1;
    expect(queue.send('x', { groupId: 'a' }).messageId).not.toBe(first.messageId);
    expect(queue.counts().visible).toBe(1);
  });

  it('are recognized by the id if there is one, otherwise by the SHA-256 of the body', () => {
    const queue = define();
    queue.send('x', { groupId: 'a', deduplicationId: 'one' });
    const other = queue.send('y', { groupId: 'a', deduplicationId: 'one' });
    expect(other).toMatchObject({ body: 'y', md5OfBody: '415290769594460e2e485922904f345d' });
    queue.send('x', { groupId: 'a', deduplicationId: 'two' });
    const { fifo } = queue.send('x', { groupId: 'a' });
    expect(fifo?.deduplicationId).toBe('2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881');
    expect(bodiesOf(queue.receive(10))).toEqual(['x', 'x', 'x']);
  });
});

describe('dead letters of a FIFO queue', () => {
  it('keep their group and order, and are redriven as new messages that duplicate none', () => {
    const dead = define({ name: 'dead.fifo' });
    const redrive = { deadLetterArn: arnAt('dead.fifo'), maxReceiveCount: 1 };
    const queue = define({ redrive });
    send(queue, 'a1', 'a2');
    queue.receive(2, 0);
    expect(queue.receive(10)).toEqual([]);
    const letters = dead.receive(10, 0);
    expect(letters).toMatchObject([
      { body: 'a1', fifo: { groupId: 'a' }, deadLetterOf: arnAt('queue.fifo') },
      { body: 'a2', fifo: { groupId: 'a' } },
    ]);
    expect(queues.redrive(dead)).toEqual({ moved: 2, failed: 0 });
    expect(bodiesOf(queue.receive(10))).toEqual(['a1', 'a2']);
  });

  it('do not block the messages behind them', () => {
    define({ name: 'dead.fifo' });
    const queue = define({ redrive: { deadLetterArn: arnAt('dead.fifo'), maxReceiveCount: 1 } });
    send(queue, 'a1');
    queue.receive(1, 0);
    send(queue, 'a2');
    expect(bodiesOf(queue.receive(1))).toEqual(['a2']);
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

it.each([1, 2, 3])(
  'never delivers a group twice at once, and never reorders messages of a group (seed %i)',
  (seed) => {
    const chance = random(seed);
    const pick = (below: number) => Math.floor(chance() * below);
    const queue = define({ visibilityTimeoutSeconds: 10, retentionSeconds: 1_209_600, delaySeconds: 1 });
    const sent = new Map<string, string[]>();
    const held = new Map<string, { group: string; until: number; receiptHandle: string }>();
    const isHeld = (group: string) =>
      [...held.values()].some((one) => one.group === group && one.until > now);
    for (let step = 0; step < 2000; step += 1) {
      const act = pick(4);
      if (act === 0) {
        const [group, body] = [`g${pick(3)}`, String(step)];
        queue.send(body, { groupId: group });
        sent.set(group, [...(sent.get(group) ?? []), body]);
      }
      if (act === 1) now += pick(6000);
      if (act === 2) {
        const free = [...sent.keys()].filter((group) => !isHeld(group));
        const batch = queue.receive(1 + pick(5));
        for (const group of new Set(batch.map(({ fifo }) => fifo?.groupId ?? ''))) {
          const got = bodiesOf(batch.filter(({ fifo }) => fifo?.groupId === group));
          expect(free).toContain(group);
          expect(got).toEqual(sent.get(group)?.slice(0, got.length));
        }
        for (const { body, fifo, receiptHandle } of batch)
          held.set(body, { group: fifo?.groupId ?? '', until: now + 10 * SECOND, receiptHandle });
      }
      const [body, hand] = [...held][pick(held.size)] ?? [];
      if (act === 3 && body !== undefined && hand && queue.delete(hand.receiptHandle) === 'ok') {
        held.delete(body);
        sent.set(hand.group, sent.get(hand.group)?.filter((other) => other !== body) ?? []);
      }
    }
    const { visible, inFlight, delayed } = queue.counts();
    expect(visible + inFlight + delayed).toBe([...sent.values()].flat().length);
  },
);
