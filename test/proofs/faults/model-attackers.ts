import { apiCallEvent, identityStoreEvent, userRemovedEvent } from '../../support/events.ts';
import type { Model, ModelSession } from './model.ts';
import { type Act, register, some } from './model-commands.ts';
import type { Rows } from './system-claims.ts';
import { callerOf, type Registration, registrations, signIn, tokensOf } from './system-people.ts';

// The actions of dishonest registrants and senders of events. The model must change as little as the system.

const EXPIRED = '2020-01-01T00:00:00Z';
const FOR_EVER = '9999-12-31T23:59:59Z';

/** Files that replace the held one. None of them may remove anything from it. */
export const spoiltFiles = {
  'said to be expired, with a junk refresh token': { expiresAt: EXPIRED, refreshToken: 'junk' },
  'said to last for ever': { expiresAt: FOR_EVER },
  'with a junk refresh token': { refreshToken: 'junk' },
  'with another client registration': { clientId: 'other', clientSecret: 'other' },
  'without its refresh token': { refreshToken: undefined },
};

/** Registers one's own session again, with a changed file. */
export function registerAgain(nth: number, how: Registration, what: keyof typeof spoiltFiles): Act {
  return async (model, real) => {
    const session = some(model, nth);
    if (session?.acceptedAt === undefined) return;
    await register(model, real, session, how, { ...tokensOf(session), ...spoiltFiles[what] });
  };
}

const INVENTED = '906791299c-00000000-0000-4000-8000-000000000000';

/** Requests after which nothing more may be held. */
export const refusals = {
  'a junk token': (session: ModelSession, _: string, how: Registration) =>
    registrations[how](session, { ...tokensOf(session), accessToken: `junk-${session.sessionId}` }),
  'another Region': (session: ModelSession, _: string, how: Registration) =>
    registrations[how](session, { ...tokensOf(session), region: 'us-west-2' }),
  "somebody else's user id": ({ userName, ...session }: ModelSession, other: string) => ({
    body: { ...tokensOf({ userName, ...session }), userId: other },
    caller: callerOf(userName),
  }),
  'an invented user': (session: ModelSession) => ({
    body: { ...tokensOf(session), expiresAt: FOR_EVER },
    pathParameters: { userId: INVENTED },
  }),
  "a session that is somebody else's": (session: ModelSession, other: string) => ({
    body: tokensOf(session),
    pathParameters: { userId: other },
  }),
};

export function registerForged(nth: number, how: Registration, what: keyof typeof refusals): Act {
  return async (model, { system, userIds }) => {
    const session = some(model, nth);
    if (!session) return;
    const isOfOthers = what === "a session that is somebody else's";
    // A service that registers for others may name any user, unless another user's session is held.
    if (isOfOthers && session.acceptedAt === undefined) return;
    const other = userIds.find((userId) => userId !== session.userId) ?? '';
    const isOwn = what === "somebody else's user id" || (!isOfOthers && how === 'registerOwn');
    const isInvented = what === 'an invented user';
    const route = isOwn && !isInvented ? 'registerOwn' : 'register';
    const { status } = await system.ask(route, refusals[what](session, other, how));
    if (status !== 0 && (status < 400 || status >= 500)) throw new Error(`${what}: answered ${status}.`);
  };
}

/**
 * Registers a session without what is needed to end it. Then nobody can end that session for good, and nobody else must
 * notice.
 */
export function registerSpoilt(userName: string, how: Registration, what: keyof typeof spoiltFiles): Act {
  return async (model, { system }) => {
    if (!system.emulators.users.find(userName)) return;
    const session = model.spoil(signIn(system, userName, true));
    await system.ask(how, registrations[how](session, { ...tokensOf(session), ...spoiltFiles[what] }));
  };
}

const OTHER = { account: '999999999999', store: 'd-9999999999' };
type Call = 'DeleteUser' | 'DisableUser' | 'EnableUser';

/** Events that may not be trusted. */
export const forgeries = {
  "in CloudTrail's shape": (userId: string, call: Call) => ({ ...calling(userId, call), source: 'my.app' }),
  'of another account': (userId: string, call: Call) => ({
    ...calling(userId, call),
    account: OTHER.account,
  }),
  'of another identity store': (userId: string, call: Call) =>
    apiCallEvent('sso-directory', call, { userId, identityStoreId: OTHER.store }),
  "in the identity store's shape": (userId: string) => ({
    ...identityStoreEvent('User Deleted', { userId }),
    source: 'my.app',
  }),
  "of another account's identity store": (userId: string) => ({
    ...identityStoreEvent('User Deleted', { userId }),
    account: OTHER.account,
  }),
  "in the offboarding process's shape": (userId: string) => ({
    ...userRemovedEvent({ userId }),
    source: 'my.app',
  }),
};
const FORGED = 'forged-';

function calling(userId: string, call: Call) {
  return apiCallEvent('sso-directory', call, { userId });
}

export function tellForged(what: keyof typeof forgeries, call: Call, who: number): Act {
  return async (_model, real) => {
    real.events += 1;
    const event = { ...forgeries[what](real.userIds[who] ?? '', call), id: `${FORGED}${real.events}` };
    real.system.queues.working.removals.send(JSON.stringify(event));
  };
}

export function isForged({ id }: { id?: string }): boolean {
  return id?.startsWith(FORGED) ?? false;
}

/** Each held session belongs to the user for whom it is held, and is held no longer than a session lives. */
export function wronglyHeld({ sessions, spoilt }: Model, { cache }: Rows): string[] {
  const real = new Set([...sessions, ...spoilt].map(({ userId, sessionId }) => `${userId} ${sessionId}`));
  const longest = Date.now() / 1000 + 8 * 60 * 60 + 1;
  return cache
    .filter(({ userId }) => !String(userId).startsWith('#'))
    .flatMap(({ userId, sessionId, expiresAt }) => [
      ...(real.has(`${userId} ${sessionId}`) ? [] : [`${sessionId} is held of ${userId}`]),
      ...(Number(expiresAt) > longest ? [`${sessionId} is held until ${expiresAt}`] : []),
    ]);
}
