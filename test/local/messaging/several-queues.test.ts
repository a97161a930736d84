import type { SQSEvent } from 'aws-lambda';
import { arnOf, type Resources } from '../template/assembly-of.ts';
import { resources, startMessaging, until } from './messaging-stack.ts';

const queue = { Type: 'AWS::SQS::Queue', Properties: resources.Jobs.Properties };

const mapping = (id: string, MaximumConcurrency: number): Resources[string] => ({
  ...resources.Mapping,
  Properties: {
    ...resources.Mapping.Properties,
    EventSourceArn: arnOf(id),
    ScalingConfig: { MaximumConcurrency },
  },
});

test('several queues feed one function: each record names its queue, and each queue has its own concurrency', async () => {
  const waiting: { from: string[]; answer: () => void }[] = [];
  const messaging = startMessaging(
    { Bulk: queue, Reports: queue, OfBulk: mapping('Bulk', 3), OfReports: mapping('Reports', 2) },
    async (_, event) => {
      const { promise, resolve } = Promise.withResolvers<null>();
      const from = (event as SQSEvent).Records.map(({ eventSourceARN }) => eventSourceARN);
      waiting.push({ from, answer: () => resolve(null) });
      return promise;
    },
  );
  const ids = ['Jobs', 'Bulk', 'Reports'];
  const arn = (id: string) => `arn:aws:sqs:eu-west-1:000000000000:${id}`;
  // One at a time, so that no batch has two of them.
  for (let n = 0; n < 4; n += 1) {
    for (const id of ids) messaging.queue(id).send(`${n}`);
    await new Promise(setImmediate);
  }
  await until(() => waiting.length === 7);
  const counts = ids.map((id) => waiting.filter(({ from }) => from.every((one) => one === arn(id))).length);
  expect(counts).toEqual([2, 3, 2]);
  while (waiting.length > 0) {
    waiting.shift()?.answer();
    await new Promise(setImmediate);
  }
  await until(() =>
    ids.every((id) => Object.values(messaging.queue(id).counts()).every((count) => count === 0)),
  );
  messaging.close();
});
