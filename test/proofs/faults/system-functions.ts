import { liftDenial } from '../../../lambda/handlers/lift-denial.ts';
import { liftAll } from '../../../lambda/handlers/lift-everyone.ts';
import { read } from '../../../lambda/handlers/read-revocation.ts';
import { registerOwn } from '../../../lambda/handlers/register-own-session.ts';
import { register } from '../../../lambda/handlers/register-session.ts';
import { revoke } from '../../../lambda/handlers/revoke.ts';
import { revokeEveryone } from '../../../lambda/handlers/revoke-everyone.ts';
import { work } from '../../../lambda/handlers/work.ts';
import type { HttpFunction } from '../../../lambda/shell/http.ts';
import {
  wireLiftDenial,
  wireLiftEveryone,
  wireReadRevocation,
  wireRegisterOwnSession,
  wireRegisterSession,
  wireRevoke,
  wireRevokeEveryone,
} from '../../../lambda/wiring/api.ts';
import { wireReconcile, wireSweep, wireWork } from '../../../lambda/wiring/background.ts';
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
      registerOwn: registerOwn(wireRegisterOwnSession()),
      read: read(wireReadRevocation()),
      lift: liftDenial(wireLiftDenial()),
      liftEveryone: liftAll(wireLiftEveryone()),
    } satisfies Record<string, HttpFunction>,
    /** Two sandboxes, each with a memory of its own. */
    work: inTurn(work(wireWork()), work(wireWork())),
    sweep: wireSweep(),
    // A busy policy is asked again at once.
    reconcile: { ...wireReconcile(), pause: async () => {} },
  };
}

function inTurn<T extends unknown[], R>(one: (...args: T) => R, other: (...args: T) => R): typeof one {
  let calls = 0;
  return (...args) => {
    calls += 1;
    return calls % 2 === 1 ? one(...args) : other(...args);
  };
}

/** What SQS gives a worker. */
export function batchOf(queueArn: string, messages: Received[]) {
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
    eventSourceARN: queueArn,
    awsRegion: 'eu-west-1',
  }));
  return { Records };
}
