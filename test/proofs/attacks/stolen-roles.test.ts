import { randomBytes } from 'node:crypto';
import { EVERYONE } from '../../../lambda/domain/denial.ts';
import type { Context } from '../../../local/permissions/call-need.ts';
import { apiCallEvent, userRemovedEvent } from '../../support/events.ts';
import { functionId, stackPermissions, until } from '../../support/running-stack.ts';
import { attack, type Tried } from './attack.ts';
import { type Person, type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 30_000);
afterAll(() => stage.close());

/** The roles whose function may not revoke one user directly. */
const ROLES = ['RegisterSession', 'RegisterOwnSession', 'RevokeEveryone', 'Sweep'];

async function may(role: string, action: string, resource: string, context: Context = {}): Promise<boolean> {
  const call = { functionId: functionId(role), action, resources: [resource], context };
  return (await stackPermissions().refused([call])).length === 0;
}

const id = () => randomBytes(32).toString('base64url');

/** Jobs, events and reports that would harm the victim if the worker believed them. */
function messagesAgainst({ userId, file }: Person, role: string): object[] {
  const job = {
    kind: 'revoke-user',
    source: 'event',
    requestedBy: 'HR',
    requestedAt: new Date().toISOString(),
    userId,
  };
  const at = new Date().toISOString();
  const jobs = ['deleted', 'disabled', 'removed', 'signed-out'].flatMap((cause) => [
    { ...job, cause, revocationId: `user.${id()}` },
    { ...job, cause, revocationId: id() },
  ]);
  const removals = ['deleted', 'disabled', 'removed'].map((cause) => ({
    ...job,
    cause,
    revocationId: `user.${id()}`,
    everyoneId: `everyone.${id()}`,
  }));
  const { userId: _, ...ofEveryone } = { ...job, kind: 'revoke-everyone' };
  const redButton = [`everyone.${id()}`, id()].map((revocationId) => ({ ...ofEveryone, revocationId }));
  return [
    ...jobs,
    ...removals,
    // That role may press the red button anyway.
    ...(role === 'RevokeEveryone' ? [] : redButton),
    { ...userRemovedEvent({ userId }), id: id() },
    apiCallEvent('sso-directory', 'DeleteUser', { userId, identityStoreId: 'd-0000000000' }),
    { kind: 'gone', userId, at },
    { kind: 'fenced', userId, sessionId: file.accessToken.slice(0, 43) },
    { kind: 'stuck', of: 'user', revocationId: `user.${id()}` },
    { kind: 'stuck', of: 'everyone', revocationId: `everyone.${id()}` },
  ];
}

attack(
  "a stolen role's messages to any queue that it may use revoke and deny nobody, and lift no denial",
  async (tried) => {
    const leaver = await stage.signIn('leaver');
    await stage.running.putEvents(userRemovedEvent({ userId: leaver.userId }));
    await stage.settle();
    await stage.reconcile();
    expect(stage.isDenied(leaver.userId)).toBe(true);
    const victims: [string, Person][] = [];
    for (const role of ROLES) {
      for (const [queueId, { arn, url, isForDeadLetters }] of Object.entries(stage.running.stack.queues)) {
        if (!(await may(role, 'sqs:SendMessage', arn))) continue;
        tried(`${role} may send to a dead-letter queue`, isForDeadLetters);
        const victim = await stage.signIn(`${role}-${queueId}`);
        expect((await stage.registerOwn(victim, victim.file)).status).toBe(201);
        for (const message of messagesAgainst(victim, role)) await stage.send(url, message);
        const back = { userId: leaver.userId, identityStoreId: 'd-0000000000' };
        await stage.send(url, apiCallEvent('sso-directory', 'EnableUser', back));
        victims.push([`${role} through ${queueId}`, victim]);
      }
    }
    expect(victims.length).toBeGreaterThanOrEqual(3);
    await until('all messages are worked off', () => stage.running.isQuiet(), 60);
    await stage.reconcile();
    for (const [how, victim] of victims) await harmDone(how, victim, tried);
    tried('the denial of a person who was removed is lifted', !stage.isDenied(leaver.userId));
  },
);

async function harmDone(how: string, { userId, file }: Person, tried: Tried): Promise<void> {
  tried(`${how}: signed out`, !stage.isAlive(file));
  tried(`${how}: fenced`, await stage.isFenced(userId));
  tried(`${how}: denied`, stage.isDenied(userId));
}

attack(
  "a stolen role may write no partition but its function's, read no token and change no policy",
  async (tried) => {
    const victim = '0a1b2c3d-1111-4222-8333-444455556666';
    const tableArn = (part: string) =>
      `arn:aws:dynamodb:us-east-1:000000000000:table/${stage.running.table(part)}`;
    const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
    const notes = [`#FENCE#${victim}`, '#JOBS', '#EVERYONE'];
    const records = [id(), `user.${id()}`, `everyone.${id()}`, `key.${id()}`];
    /** Partitions that the role's own function writes. */
    const own: Record<string, { cache: string[]; records: string[] }> = {
      RegisterSession: { cache: [victim], records: records.slice(0, 1) },
      RegisterOwnSession: { cache: [victim], records: records.slice(0, 1) },
      RevokeEveryone: { cache: ['#EVERYONE'], records: records.slice(2, 3) },
    };
    for (const role of ROLES) {
      const attempt = async (action: string, resource: string, key: string) => {
        const hasSucceeded = await may(role, action, resource, { 'dynamodb:LeadingKeys': [key] });
        tried(`${role} may ${action} in ${key}`, hasSucceeded);
      };
      for (const write of writes) {
        for (const key of [victim, ...notes].filter((each) => !own[role]?.cache.includes(each)))
          await attempt(`dynamodb:${write}`, tableArn('TokenCache'), key);
        for (const key of records.filter((each) => !own[role]?.records.includes(each)))
          await attempt(`dynamodb:${write}`, tableArn('Records'), key);
        await attempt(`dynamodb:${write}`, tableArn('DenyList'), victim);
        if (role !== 'RevokeEveryone' || write !== 'UpdateItem')
          await attempt(`dynamodb:${write}`, tableArn('DenyList'), EVERYONE);
      }
      for (const read of ['GetItem', 'Query', 'BatchGetItem'])
        await attempt(`dynamodb:${read}`, tableArn('TokenCache'), victim);
      for (const { policyId } of stage.running.stack.emulator.organizations.all()) {
        const arn = `arn:aws:organizations::000000000000:policy/o-local/service_control_policy/${policyId}`;
        tried(`${role} may write a policy`, await may(role, 'organizations:UpdatePolicy', arn));
      }
    }
  },
);
