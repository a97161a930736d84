import { liftDenial } from '../../../lambda/handlers/lift-denial.ts';
import { read } from '../../../lambda/handlers/read-revocation.ts';
import { register } from '../../../lambda/handlers/register-session.ts';
import { revoke } from '../../../lambda/handlers/revoke.ts';
import { revokeEveryone } from '../../../lambda/handlers/revoke-everyone.ts';
import { work } from '../../../lambda/handlers/work.ts';
import type { HttpFunction } from '../../../lambda/shell/http.ts';
import {
  wireLiftDenial,
  wireReadRevocations,
  wireReconcile,
  wireRegisterSession,
  wireRevoke,
  wireRevokeEveryone,
  wireSweep,
  wireWork,
} from '../../../lambda/wiring.ts';
import type { Received } from '../../../local/emulators/sqs/message.ts';

/** As Lambda keeps them between invocations, until a sandbox dies. */
export type Functions = ReturnType<typeof wireFunctions>;

/** Through the composition root, in the environment as it is. */
export function wireFunctions() {
  return {
    http: {
      revoke: revoke(wireRevoke()),
      everyone: revokeEveryone(wireRevokeEveryone()),
      register: register(wireRegisterSession()),
      read: read(wireReadRevocations()),
      lift: liftDenial(wireLiftDenial()),
    } satisfies Record<string, HttpFunction>,
    work: work(wireWork()),
    sweep: wireSweep(),
    // A busy policy is asked again at once.
    reconcile: { ...wireReconcile(), pause: async () => {} },
  };
}

/** What SQS gives a worker. */
export function batchOf(messages: Received[]) {
  const Records = messages.map(({ messageId, receiptHandle, body, receiveCount }) => ({
    messageId,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '0',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:main',
    awsRegion: 'eu-west-1',
  }));
  return { Records };
}
