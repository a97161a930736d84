import fc from 'fast-check';
import { hashOf } from '../../../local/ground/token-hash.ts';
import { userRemovedEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { type RunningStack, start, until } from '../../support/running-stack.ts';
import { SEED } from './fuzz.ts';
import { bodies } from './fuzz-messages.ts';

const MESSAGES = 400;
const MAX_RECEIVE_COUNT = 12;

/** Of portal and queues; the functions have the computer's. */
let elapsed = 0;
let running: RunningStack;

beforeEach(async () => {
  running = await start({}, () => Date.now() + elapsed);
}, 30_000);
afterEach(() => running.close());

const queueNamed = (part: string) => {
  const url = Object.entries(running.stack.queues).find(([id]) => id.includes(part))?.[1].url ?? '';
  return running.stack.emulator.queues.byUrl(url);
};

/** @returns false for what SQS takes no message of: nothing, or characters that XML has not */
async function sent(MessageBody: string): Promise<boolean> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' };
  const QueueUrl = queueNamed('RevocationsQueue')?.settings.url;
  const body = JSON.stringify({ QueueUrl, MessageBody });
  return (await fetch(running.stack.url, { method: 'POST', headers, body })).ok;
}

interface MessageLine {
  messageId: string;
  kind: string;
  code?: string;
}

/** What the workers have told about messages. */
function messageLines(): MessageLine[] {
  return running.seen.filter((line) => line.includes('"message":"message"')).map((line) => JSON.parse(line));
}

proof('fuzz: a queue of messages, good and bad: the bad are given up, all others are done', async (tally) => {
  const neighbours = [];
  for (let n = 0; n < MESSAGES / 10; n += 1) neighbours.push(await running.register(`neighbour-${n}`));
  const messages = fc.sample(bodies, { seed: SEED, numRuns: MESSAGES });
  for (const [n, body] of messages.entries()) {
    if (await sent(body)) tally.tried += 1;
    const { userId = '' } = (n % 10 === 0 && neighbours[n / 10]) || {};
    if (userId) await running.putEvents(userRemovedEvent({ userId }));
  }
  const isQuiet = () => {
    elapsed += 1_000;
    const counts = queueNamed('RevocationsQueue')?.counts();
    return counts && counts.visible + counts.inFlight + counts.delayed === 0;
  };
  await until('all messages are done or given up', isQuiet, 120);

  const about = (accessToken: string) => running.stack.emulator.requestsAbout(hashOf(accessToken));
  tally.lost = neighbours.filter(
    ({ file }) => !about(file.accessToken).some(({ status }) => status === 200),
  ).length;
  const failed = messageLines().filter(({ kind }) => kind === 'failed' || kind === 'not-ended');
  expect([...new Set(failed.map(({ code = 'a defect' }) => code))]).toEqual(['message-malformed']);
  const receives = Map.groupBy(failed, ({ messageId }) => messageId);
  expect([...receives.values()].filter(({ length }) => length !== MAX_RECEIVE_COUNT)).toEqual([]);
  const deadLetters = queueNamed('RevocationsDeadLetters')?.receive(MESSAGES) ?? [];
  expect(deadLetters.map(({ messageId }) => messageId).sort()).toEqual([...receives.keys()].sort());
  expect(deadLetters.length).toBeGreaterThan(MESSAGES / 20);
});
