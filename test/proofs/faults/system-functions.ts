import type { IdentityCenter } from '../../../lambda/aws/identity-center/access.ts';
import { liftDenial } from '../../../lambda/handlers/lift-denial.ts';
import { liftAll } from '../../../lambda/handlers/lift-everyone.ts';
import { read } from '../../../lambda/handlers/read-revocation.ts';
import { registerOwn } from '../../../lambda/handlers/register-own-session.ts';
import { register } from '../../../lambda/handlers/register-session.ts';
import { removeAccess } from '../../../lambda/handlers/remove-access.ts';
import { restoreAccess } from '../../../lambda/handlers/restore-access.ts';
import { revoke } from '../../../lambda/handlers/revoke.ts';
import { revokeEveryone } from '../../../lambda/handlers/revoke-everyone.ts';
import { work } from '../../../lambda/handlers/work.ts';
import type { HttpFunction } from '../../../lambda/shell/http.ts';
import type { eachMessage } from '../../../lambda/shell/messages.ts';
import { wireRemoveAccess, wireRestoreAccess } from '../../../lambda/wiring/access.ts';
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

/** Kept between invocations, as in Lambda, until a sandbox ends. */
export type Functions = ReturnType<typeof wireFunctions>;

/** Wires the functions by the composition root, in the current environment. */
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
      restore: (request, deadline) => restoreAccess(wireRestoreAccess(pass))(request, deadline),
    } satisfies Record<string, HttpFunction>,
    /** Two sandboxes with separate memories. */
    work: inTurn(work(wireWork()), work(wireWork())),
    /** Wired only when called, because most stories remove no access. */
    removeAccess: (...invoked: Parameters<ReturnType<typeof eachMessage>>) =>
      removeAccess(wireRemoveAccess(pass))(...invoked),
    sweep: wireSweep(),
    // A busy policy is tried again at once.
    reconcile: { ...wireReconcile(), pause: async () => {} },
  };
}

/** The clock advances without waiting. */
const pass: IdentityCenter['pause'] = async (millis) => void jest.setSystemTime(Date.now() + millis);

function inTurn<T extends unknown[], R>(one: (...args: T) => R, other: (...args: T) => R): typeof one {
  let calls = 0;
  return (...args) => {
    calls += 1;
    return calls % 2 === 1 ? one(...args) : other(...args);
  };
}

/** The batch that SQS gives a worker. */
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
