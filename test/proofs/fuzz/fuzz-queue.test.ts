import fc from 'fast-check';
import { hashOf } from '../../../local/ground/token-hash.ts';
import { userRemovedEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { type RunningStack, startWithQueueClock, until } from '../../support/running-stack.ts';
import { SEED } from './fuzz.ts';
import { bodies } from './fuzz-messages.ts';

const MESSAGES = 400;
const MAX_RECEIVE_COUNT = 12;

let running: RunningStack;
let pass: (millis: number) => void;

beforeEach(async () => {
  ({ running, pass } = await startWithQueueClock());
}, 30_000);
afterEach(() => running.close());

const queueNamed = (part: string) => {
  const url = Object.entries(running.stack.queues).find(([id]) => id.includes(part))?.[1].url ?? '';
  return running.stack.emulator.queues.byUrl(url);
};

/** @returns false if SQS refuses the message because it is empty or has characters that XML forbids */
async function sent(part: string, MessageBody: string): Promise<boolean> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' };
  const QueueUrl = queueNamed(`${part}Queue`)?.settings.url;
  const body = JSON.stringify({ QueueUrl, MessageBody });
  return (await fetch(running.stack.url, { method: 'POST', headers, body })).ok;
}

interface MessageLine {
  messageId: string;
  kind: string;
  code?: string;
}

/** What the workers logged about messages. The function that removes access reads another queue. */
function messageLines(): MessageLine[] {
  const lines = running.seen.filter((line) => line.includes('"message":"message"'));
  return lines.map((line) => JSON.parse(line)).filter(({ service }) => service === 'work');
}

/** The workers' queues. The number n sends every nth message to that queue, too. */
const QUEUES = { Revocations: 1, Bulk: 5, Reports: 5 };

proof(
  'fuzz: in queues of good and bad messages, the bad ones become dead letters and all others are done',
  async (tally) => {
    const neighbours = [];
    for (let n = 0; n < MESSAGES / 10; n += 1) neighbours.push(await running.register(`neighbour-${n}`));
    const messages = fc.sample(bodies, { seed: SEED, numRuns: MESSAGES });
    for (const [n, body] of messages.entries()) {
      for (const [part, every] of Object.entries(QUEUES))
        if (n % every === 0 && (await sent(part, body))) tally.tried += 1;
      const { userId = '' } = (n % 10 === 0 && neighbours[n / 10]) || {};
      if (userId) await running.putEvents(userRemovedEvent({ userId }));
    }
    const isQuiet = () => {
      pass(1_000);
      return running.isQuiet();
    };
    await until('all messages are done or given up', isQuiet, 120);

    const about = (accessToken: string) => running.stack.emulator.requestsAbout(hashOf(accessToken));
    const isLoggedOut = ({ operation, status }: { operation: string; status: number | null }) =>
      operation === 'logout' && status === 200;
    tally.lost = neighbours.filter(({ file }) => !about(file.accessToken).some(isLoggedOut)).length;
    const failed = messageLines().filter(({ kind }) => kind === 'failed' || kind === 'not-ended');
    expect([...new Set(failed.map(({ code = 'a defect' }) => code))]).toEqual(['message-malformed']);
    const receives = Map.groupBy(failed, ({ messageId }) => messageId);
    expect([...receives.values()].filter(({ length }) => length !== MAX_RECEIVE_COUNT)).toEqual([]);
    const deadLetters = Object.keys(QUEUES).map(
      (part) => queueNamed(`${part}DeadLetters`)?.receive(MESSAGES) ?? [],
    );
    const ids = deadLetters.flat().map(({ messageId }) => messageId);
    expect(ids.sort()).toEqual([...receives.keys()].sort());
    for (const [n, every] of Object.values(QUEUES).entries())
      expect(deadLetters[n]?.length).toBeGreaterThan(MESSAGES / 20 / every);
  },
);
