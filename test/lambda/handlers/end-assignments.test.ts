import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Deadline } from '../../../lambda/domain/deadline.ts';
import {
  type ProcessEndedDeps,
  processEnded,
} from '../../../lambda/domain/ended-assignments/process-ended.ts';
import { endAssignments } from '../../../lambda/handlers/end-assignments.ts';
import { lambdaHandler } from '../../../lambda/shell/function.ts';
import { assignmentDeletedEvent, USER_ID } from '../../support/events.ts';
import { anAssignment, assignmentsWorld } from '../../support/fake-assignments.ts';
import { captureWritten } from '../../support/written.ts';

const written = captureWritten();
const after = jest.fn(async (_receiptHandle: string, _seconds: number) => {});
const logged = () => written.objects().filter((line) => line.message === 'message');
const published = () => Object.assign({}, ...written.objects().filter((line) => '_aws' in line));

beforeEach(() => after.mockClear());

/** Within the shell that Lambda calls: one message, received so many of twelve times. */
function run(deps: ProcessEndedDeps, receiveCount: number): Promise<SQSBatchResponse> {
  const record = {
    messageId: 'm-0',
    receiptHandle: 'r-0',
    body: JSON.stringify(assignmentDeletedEvent()),
    attributes: { ApproximateReceiveCount: String(receiveCount) },
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:ended',
  };
  const queue = {
    redelivery: { after },
    process: (body: string, deadline: Deadline, attempt: { lastAttempt: boolean }) =>
      processEnded(deps, body, deadline, attempt),
  };
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 29_000 };
  const handler = lambdaHandler(endAssignments({ queues: { ended: queue }, maxReceiveCount: 12 }));
  // Lambda's own types require more than the functions use.
  return handler({ Records: [record] } as unknown as SQSEvent, context as Context);
}

const COMES_BACK = { batchItemFailures: [{ itemIdentifier: 'm-0' }] };
const IS_DONE = { batchItemFailures: [] };

test('a denied assignment is checked again in an hour, logged and counted, with no more of the event than ids', async () => {
  const { deps } = assignmentsWorld();
  expect(await run(deps, 1)).toEqual(COMES_BACK);
  expect(after.mock.calls.map(([, seconds]) => seconds)).toEqual([3_600]);
  expect(logged()).toMatchObject([{ level: 'INFO', kind: 'denied', userId: USER_ID }]);
  expect(published()).toMatchObject({ 'Message:denied': 1 });
});

test('a message that waits for a deletion is retried with growing delays', async () => {
  const { deps, state } = assignmentsWorld();
  state.assignments = [anAssignment()];
  expect(await run(deps, 3)).toEqual(COMES_BACK);
  expect(after.mock.calls.map(([, seconds]) => seconds)).toEqual([20]);
  expect(logged()).toMatchObject([{ level: 'INFO', kind: 'waiting' }]);
});

test('an assignment that is kept is done, with a warning and a count', async () => {
  const { deps, state } = assignmentsWorld();
  state.assignments = [anAssignment()];
  expect(await run(deps, 12)).toEqual(IS_DONE);
  expect(logged()).toMatchObject([{ level: 'WARN', kind: 'kept' }]);
  expect(published()).toMatchObject({ 'Message:kept': 1 });
});

test('if another assignment grants the role, the message is done at once', async () => {
  const { deps, state } = assignmentsWorld();
  state.assignments = [anAssignment('group')];
  expect(await run(deps, 1)).toEqual(IS_DONE);
  expect(after).not.toHaveBeenCalled();
});
