import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OTHER_CREDENTIALS } from '../../infra/service-function.ts';
import { accessRoutes, denyListRoutes, routes } from '../../lambda/routes.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import { AS_DEPLOYED } from '../../test/support/bundles.ts';
import { AS_COMMON, bareFunction } from '../bare/bundle.ts';
import { httpEvents } from '../http-events.ts';
import type { Runnable } from '../measured/measured.ts';
import { removalMessage } from '../queue-events.ts';
import type { BenchStack } from '../stack.ts';

/** A function that is started in a fresh process, and receives its first event. */
export interface Contender {
  readonly name: string;
  readonly runnable: Runnable;
  newEvent(): Promise<unknown>;
}

export const BARE = 'bare SDK: 3 calls';
export const COMMON = 'the same, as commonly written';
export const REVOKE = '`POST /revocations`';

export async function contendersOf(stack: BenchStack, workDirectory: string): Promise<Contender[]> {
  const ours = stack.runnable('revoke');
  const { DENY_LIST_TABLE, DENY_LIST_QUEUE_URL, NOTICES_QUEUE_URL, ...plain } = ours.environment;
  const bare = (name: string, how: typeof AS_COMMON) =>
    bareFunction(name, workDirectory, { ...ours.environment, AWS_XRAY_CONTEXT_MISSING: 'IGNORE_ERROR' }, how);
  const token = () => stack.running.stack.emulator.signIns.signIn().accessToken;
  const lean = { ...AS_DEPLOYED, external: OTHER_CREDENTIALS };
  const revocation = () => event(routes.revoke, { accessToken: token(), reason: 'bench' });
  return [
    { name: 'an empty handler', runnable: emptyFunction(workDirectory), newEvent: async () => ({}) },
    {
      name: BARE,
      runnable: await bare('revoke', AS_DEPLOYED),
      newEvent: async () => bareRevocation(token()),
    },
    {
      name: `${BARE}, bundled as ours are`,
      runnable: await bare('revoke', lean),
      newEvent: async () => bareRevocation(token()),
    },
    {
      name: COMMON,
      runnable: await bare('common', AS_COMMON),
      newEvent: async () => ({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bareRevocation(token())),
      }),
    },
    { name: REVOKE, runnable: { ...ours, environment: plain }, newEvent: revocation },
    { name: `${REVOKE} with a deny list and events: 3 calls more`, runnable: ours, newEvent: revocation },
    ...othersOf(stack).map(([handler, newEvent]) => ({
      name: handler,
      runnable: stack.runnable(handler),
      newEvent,
    })),
  ];
}

const bareRevocation = (accessToken: string) => ({
  accessToken,
  userId: randomUUID(),
  sessionId: hashOf(accessToken),
  revocationId: randomUUID(),
});

async function event(route: string, body: object = {}, path?: string): Promise<unknown> {
  const [first] = await httpEvents(route, [body], path);
  return first;
}

/** Other functions, each with an event for which it finds nothing to do. */
function othersOf({ running }: BenchStack): [handler: string, newEvent: () => Promise<unknown>][] {
  const { users, emulator } = running.stack;
  const { userId, userName } = users.create({ userName: 'bench' });
  const revocation = `/revocations/user.${'-'.repeat(43)}`;
  const nothing = async () => ({ Records: [] });
  return [
    ['revoke-everyone', () => event(routes.revokeEveryone, { reason: 'bench' })],
    ['read-revocation', () => event(routes.readRevocation, {}, revocation)],
    ['list-revocations', () => event(routes.listRevocations, {}, `/revocations?userId=${userId}`)],
    ['list-sessions', () => event(routes.listSessions, {}, `/sessions?userId=${userId}`)],
    ['register-own-session', () => event(routes.registerOwnSession, {})],
    [
      'register-session',
      () => event(routes.registerSession, emulator.signIns.signIn({ userName }), `/users/${userId}/sessions`),
    ],
    ['lift-denial', () => event(denyListRoutes.liftDenial, {}, `/deny-list/${userId}`)],
    ['lift-everyone', () => event(denyListRoutes.liftEveryone)],
    ['restore-access', () => event(accessRoutes.restoreAccess, {}, `${revocation}/restore-access`)],
    ['unknown-route', () => event('GET /nowhere')],
    ['work', async () => removalMessage(running, randomUUID())],
    ['sweep', async () => ({})],
    ['reconcile', async () => ({})],
    ['end-assignments', nothing],
    ['remove-access', nothing],
  ];
}

function emptyFunction(workDirectory: string): Runnable {
  const directory = join(workDirectory, 'empty');
  mkdirSync(directory);
  writeFileSync(join(directory, 'index.js'), 'exports.handler = async () => {};\n');
  return { directory, handler: 'index.handler', context: {}, environment: {} };
}
