import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { hashOf } from '../../local/ground/token-hash.ts';
import { apiCallEvent, assignmentDeletedEvent, userRemovedEvent } from './events.ts';
import { registrationApart } from './registration-apart.ts';
import { type RunningStack, until, workedOff } from './running-stack.ts';
import { everything } from './synth.ts';

const MINUTE = 60_000;

/**
 * Makes the functions do everything that they can, so that each of their calls is made at least once.
 *
 * @param pass - sets the clock of portal and queues forward
 */
export function capabilities(
  running: RunningStack,
  pass: (millis: number) => void,
): Readonly<Record<string, () => Promise<void>>> {
  const quiet = () => workedOff(running, pass);

  async function ask(status: number, ...request: Parameters<RunningStack['ask']>): Promise<void> {
    const answer = await running.ask(...request);
    expect({ request, ...answer }).toMatchObject({ status });
  }

  /** As if the call that queued the revocation had crashed before it noted that. */
  async function forgetQueued(revocationId: string): Promise<void> {
    const command = new UpdateItemCommand({
      TableName: running.table('TokenCache'),
      Key: marshall({ userId: '#JOBS', sessionId: revocationId }),
      UpdateExpression: 'REMOVE queuedAt',
    });
    await running.dynamo.send(command);
  }

  /** As if the user had been signed out a while ago, and had signed in again since. */
  async function fencedBefore(userId: string): Promise<void> {
    const key = `#FENCE#${userId}`;
    const Item = marshall({ userId: key, sessionId: key, until: 1, coveredUntil: new Date(0).toISOString() });
    await running.dynamo.send(new PutItemCommand({ TableName: running.table('TokenCache'), Item }));
  }

  return {
    async 'a session by its token, cached and not'() {
      const { file, userId } = await running.register('by-token');
      await ask(200, 'POST', '/revocations', { ...file });
      await ask(200, 'POST', '/revocations', { ...running.stack.emulator.signIns.signIn() });
      await ask(200, 'GET', `/revocations/${hashOf(file.accessToken)}`);
      await ask(200, 'GET', `/revocations?userId=${userId}`);
      await ask(200, 'GET', '/revocations?from=2026-01-01&to=2026-01-02');
    },
    async 'the sessions of a user, by id and by name'() {
      const { userId } = await running.register('by-user');
      await ask(200, 'POST', '/revocations', {
        userId: running.stack.users.create({ userName: 'never-registered' }).userId,
      });
      const file = running.stack.emulator.signIns.signIn({ userName: 'by-user' });
      expect(await running.registerOwn(file)).toMatchObject({ status: 201 });
      expect(await running.registerOwn(file)).toMatchObject({ status: 200 });
      await ask(200, 'GET', `/sessions?userId=${userId}`);
      const { body } = await running.ask('POST', '/revocations', { userName: 'by-user' });
      await ask(200, 'GET', `/revocations/${body.revocationId}`);
      await ask(200, 'GET', `/revocations?userId=${userId}`);
    },
    async 'more sessions than are ended while the caller waits'() {
      for (let n = 0; n < 11; n += 1) await running.register('many');
      await ask(202, 'POST', '/revocations', { userName: 'many' });
      await quiet();
    },
    async 'a session that is registered while its user is being revoked, and while the portal is down'() {
      const { userId } = await running.register('fenced');
      await ask(200, 'POST', '/revocations', { userId });
      const signIn = () => running.stack.emulator.signIns.signIn({ userName: 'fenced' });
      const registerBoth = async () => {
        await ask(409, 'PUT', `/users/${userId}/sessions`, signIn());
        expect(await running.registerOwn(signIn())).toMatchObject({ status: 409 });
      };
      await registerBoth();
      running.stack.emulator.faults.set({ operation: 'logout', fault: 'reject', times: 2 });
      await registerBoth();
      await quiet();
    },
    async 'an expired access token with a refresh token: registering, revoking, and by a worker'() {
      const { userId } = await running.register('expired');
      const removed = await running.register('expired-and-removed');
      pass(61 * MINUTE);
      await ask(200, 'POST', '/revocations', { userId });
      const fenced = running.stack.emulator.signIns.signIn({ userName: 'expired' });
      // The portal accepts the token, although the file says that it has expired.
      await ask(409, 'PUT', `/users/${userId}/sessions`, { ...fenced, expiresAt: '2020-01-01T00:00:00Z' });
      await running.putEvents(userRemovedEvent({ userId: removed.userId }));
      await quiet();
    },
    async 'an expired access token with a refresh token, whose client is registered in another file'() {
      const files = () =>
        registrationApart(running.stack.emulator.signIns.signIn({ userName: 'registration-apart' }));
      const [held, posted] = [files(), files()];
      const answer = await running.registerOwn(held);
      expect(answer).toMatchObject({ status: 201, body: { refreshable: true } });
      pass(61 * MINUTE);
      const { userId } = answer.body;
      for (const body of [{ userId }, posted])
        expect(await running.ask('POST', '/revocations', body)).toMatchObject({
          status: 200,
          body: { status: 'COMPLETED', sessions: { found: 1, loggedOut: 1 } },
        });
    },
    async 'events: by name, and of a user whose state has to be looked up'() {
      await running.register('by-event');
      const { userId } = await running.register('patched');
      running.stack.users.disable(userId);
      await running.putEvents(
        userRemovedEvent({ userName: 'by-event' }),
        apiCallEvent('identitystore', 'UpdateUser', { userId }),
        userRemovedEvent({ userName: 'nobody-by-this-name' }),
      );
      await quiet();
    },
    async 'a portal that is down when the workers come'() {
      const { userId } = await running.register('retried');
      running.stack.emulator.faults.set({ operation: 'logout', fault: 'fail', times: 3 });
      await running.putEvents(userRemovedEvent({ userId }));
      await until('a worker has failed', () => running.seen.some((line) => line.includes('"not-ended"')));
      await ask(200, 'GET', `/revocations?userId=${userId}`);
      await quiet();
    },
    async 'a session that resists and is ended by its token meanwhile: by a worker, and by a repeated call'() {
      const { file, userId } = await running.register('settled');
      const late = await running.register('settled-late');
      const { faults } = running.stack.emulator;
      const delayed = () => running.seen.filter((line) => line.includes('"not-ended"')).length;
      const before = delayed();
      faults.set({ operation: 'logout', fault: 'fail' });
      const key = { 'idempotency-key': 'settled' };
      const first = await running.ask('POST', '/revocations', { userId }, key);
      expect(first).toMatchObject({ status: 202 });
      await ask(202, 'POST', '/revocations', { userId: late.userId });
      await until('two messages are delayed', () => delayed() >= before + 2);
      faults.set({ operation: 'logout', fault: 'none' });
      for (const each of [file, late.file]) await ask(200, 'POST', '/revocations', { ...each });
      expect(await running.ask('POST', '/revocations', { userId }, key)).toMatchObject({ status: 202 });
      await forgetQueued(first.body.revocationId);
      expect(await running.ask('POST', '/revocations', { userId }, key)).toMatchObject({ status: 200 });
      await quiet();
    },
    async 'the sweep, which finds somebody, and reports: of what is stuck, and one that nobody understands'() {
      const { userId } = await running.register('left');
      await fencedBefore(userId);
      running.stack.users.delete(userId);
      for (const schedule of running.stack.schedules.logicalIds) await running.stack.schedules.run(schedule);
      const reports = running.stack.emulator.queues.byUrl(running.queue('ReportsQueue').url);
      for (const kind of ['user', 'everyone']) {
        const revocationId = `${kind}.${hashOf('a revocation that is done')}`;
        reports?.send(JSON.stringify({ kind: 'stuck', of: kind, revocationId }));
      }
      reports?.send('no report');
      await quiet();
    },
    async 'everyone, with a portal that is down when the workers come'() {
      await running.register('one-of-all');
      running.stack.emulator.faults.set({ operation: 'logout', fault: 'fail', times: 3 });
      const { body } = await running.ask('POST', '/revocations/everyone', { reason: 'drill' });
      await ask(200, 'GET', `/revocations/${body.revocationId}`);
      await quiet();
    },
    async 'denials that are lifted: by a call, and because the user was enabled again'() {
      const { userId } = await running.register('denied');
      const back = await running.register('back-again');
      await ask(200, 'POST', '/revocations', { userId });
      await running.putEvents(userRemovedEvent({ userId: back.userId }));
      await quiet();
      await ask(202, 'DELETE', `/deny-list/${userId}`);
      await running.putEvents(apiCallEvent('sso-directory', 'EnableUser', { userId: back.userId }));
      await quiet();
    },
    async 'a denial that the directory contradicts: after a change of the user, and by the sweep'() {
      const people = [await running.register('changed-back'), await running.register('swept-back')];
      for (const { userId } of people) running.stack.users.disable(userId);
      await running.putEvents(
        ...people.map(({ userId }) => apiCallEvent('sso-directory', 'DisableUser', { userId })),
      );
      await quiet();
      const [changed] = people;
      for (const { userId } of people) running.stack.users.enable(userId);
      const event = apiCallEvent('identitystore-scim', 'PatchUser', { id: changed?.userId });
      await running.putEvents(event);
      await quiet();
      for (const schedule of running.stack.schedules.logicalIds) await running.stack.schedules.run(schedule);
      await quiet();
    },
    async 'the red button, pressed twice with one key'() {
      const key = { 'idempotency-key': 'everyone' };
      const press = () => running.ask('POST', '/revocations/everyone', { reason: 'drill' }, key);
      expect(await press()).toMatchObject({ status: 202 });
      expect(await press()).toMatchObject({ status: 202 });
      await quiet();
    },
    async 'the red button, lifted'() {
      await ask(202, 'POST', '/revocations/everyone', { reason: 'a mistake' });
      await quiet();
      await ask(202, 'DELETE', '/deny-list/everyone');
      await quiet();
    },
    async 'an account assignment that ends, told twice, with an Identity Center that throttles at first'() {
      const { stack } = running;
      const { permissionSetArn } = stack.assignments.permissionSets.create({ name: 'Admin' });
      const { userId } = stack.users.create({ userName: 'just-in-time' });
      stack.emulator.faults.set({ operation: 'sso-admin', fault: 'throttle', times: 3 });
      const event = {
        ...assignmentDeletedEvent({ principalId: userId, permissionSetArn }),
        time: new Date().toISOString(),
      };
      const queue = stack.emulator.queues.byUrl(running.queue('EndedAssignmentsQueue').url);
      const denials = () =>
        running.seen.filter((line) => line.includes('"kind":"denied"') && line.includes(permissionSetArn));
      queue?.send(JSON.stringify(event));
      queue?.send(JSON.stringify(event));
      await until('it is denied', () => {
        pass(MINUTE / 60);
        return denials().length === 2;
      });
      const { body } = await running.ask('GET', `/revocations?userId=${userId}`);
      await ask(200, 'GET', `/revocations/${body.revocations[0].revocationId}`);
      // The messages return in an hour, and find that the account is assigned again.
      stack.assignments.assign({
        accountId: '111122223333',
        permissionSetArn,
        principalType: 'USER',
        principalId: userId,
      });
      pass(61 * MINUTE);
      await quiet();
    },
    async 'access that is taken away, of which something fails at first, and given back'() {
      const { stack } = running;
      const { userId } = stack.users.create({ userName: 'has-access' });
      assign(running, userId);
      stack.groups.join(stack.groups.create({ displayName: 'engineers' }).groupId, userId);
      stack.users.disable(userId);
      stack.assignments.set({ changeMillis: 1_500 });
      // All attempts of two runs: the first makes progress by the group, the second makes none.
      const fault = { operation: 'sso-admin:DeleteAccountAssignment', fault: 'fail', times: 6 } as const;
      stack.emulator.faults.set(fault);
      await running.putEvents(apiCallEvent('sso-directory', 'DisableUser', { userId }));
      await quiet();
      expect(stack.assignments.of([userId])).toEqual([]);
      stack.users.enable(userId);
      const [revocation] = (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations;
      await ask(200, 'POST', `/revocations/${revocation.revocationId}/restore-access`);
      expect(stack.assignments.of([userId])).toHaveLength(1);
    },
    async 'the headers of what can be read'() {
      const { userId } = await running.register('only-headers');
      const paths = [`/sessions?userId=${userId}`, `/revocations?userId=${userId}`, '/revocations/none'];
      const answers = await Promise.all(
        paths.map((path) => fetch(running.stack.url + path, { method: 'HEAD' })),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 404]);
    },
    async 'a route that there is not'() {
      await ask(404, 'GET', '/nowhere');
    },
  };
}

const PERMISSION_SET = `${everything.instanceArn.replace(':instance/', ':permissionSet/')}/ps-0123456789abcdef`;

/** Assigns an account directly to a user, with a permission set of the instance. */
function assign({ stack: { assignments } }: RunningStack, principalId: string): void {
  const permissionSetArn = PERMISSION_SET;
  if (!assignments.permissionSets.get(permissionSetArn))
    assignments.permissionSets.create({ name: 'Developer', permissionSetArn });
  const accountId = '111122223333';
  assignments.assign({ accountId, permissionSetArn, principalType: 'USER', principalId });
}
