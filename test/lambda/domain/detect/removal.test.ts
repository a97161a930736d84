import { toRemoval } from '../../../../lambda/domain/detect/removal.ts';
import {
  ACCOUNT,
  ADMIN_ID,
  anEvent,
  apiCallEvent,
  type EventEnvelope,
  HIDDEN,
  identityStoreEvent,
  oktaEvent,
  PREFIXED_USER_ID,
  SENDERS,
  STORE,
  scimPatchEvent,
  spoiltEvents,
  USER_ID,
  userRemovedEvent,
} from '../../../support/events.ts';

const decide = (event: unknown) => toRemoval(event, SENDERS);

type Row = [name: string, event: EventEnvelope, decision: object];

const deleted = (user: object) => ({ kind: 'revoke', user, cause: 'deleted' });
const disabled = (user: object) => ({ kind: 'revoke', user, cause: 'disabled' });
/** A removal reported by another system, which may have sent a name or an id. */
const removed = (user: object) => ({ kind: 'revoke', user, cause: 'removed' });
/** A removal reported by our own process, which sends people of the identity store. */
const ownRemoved = (user: object) => ({ ...removed(user), isOwn: true });
const ask = (userId: string) => ({ kind: 'ask', userId });
const ignored = { kind: 'ignore' };
/** AWS reports a removal and does not say of whom. That must not go unnoticed. */
const unreadable = { kind: 'malformed' };

/** Events with the user in each possible place. */
function rowsOf(userId: string): Row[] {
  const user = { userId };
  const store = { identityStoreId: STORE };
  const arn = `arn:aws:identitystore:::user/${userId}`;
  const longArn = `arn:aws:identitystore:eu-west-1:${ACCOUNT}:identitystore/${STORE}/user/${userId}`;
  return [
    ['native delete', identityStoreEvent('User Deleted', { userId }), deleted(user)],
    ['native update', identityStoreEvent('User Updated', { userId, 'event-version': '1.0' }), ask(userId)],
    [
      'native update, ARN',
      identityStoreEvent('User Updated', { 'event-version': '1.0' }, [arn]),
      ask(userId),
    ],
    ['native disable', identityStoreEvent('User Disabled', { UserId: userId }), disabled(user)],
    ['native, nested', identityStoreEvent('User Deleted', { user: { id: userId } }), deleted(user)],
    ['native, nested', identityStoreEvent('User Deleted', { User: { UserId: userId } }), deleted(user)],
    ['native, as a text', identityStoreEvent('User Disabled', { user: userId }), disabled(user)],
    ['native, ARN', identityStoreEvent('User Deleted', null, [7, arn]), deleted(user)],
    ['native, ARN', identityStoreEvent('User Deleted', { userId: HIDDEN }, [longArn]), deleted(user)],
    ['console delete', apiCallEvent('sso-directory', 'DeleteUser', { ...store, userId }), deleted(user)],
    ['console disable', apiCallEvent('sso-directory', 'DisableUser', { ...store, userId }), disabled(user)],
    ['API delete', apiCallEvent('identitystore', 'DeleteUser', { ...store, userId }), deleted(user)],
    ['API delete', apiCallEvent('identitystore', 'DeleteUser', { ...store, UserId: userId }), deleted(user)],
    ['SCIM delete', apiCallEvent('identitystore-scim', 'DeleteUser', { id: userId }), deleted(user)],
    ['SCIM soft delete', scimPatchEvent(userId), ask(userId)],
    ['SCIM put', apiCallEvent('identitystore-scim', 'PutUser', { id: userId }), ask(userId)],
    ['API update', apiCallEvent('identitystore', 'UpdateUser', { ...store, userId }), ask(userId)],
    ['console update', apiCallEvent('sso-directory', 'UpdateUser', { ...store, userId }), ask(userId)],
    ['our own', userRemovedEvent({ userId }), ownRemoved(user)],
    ['our own, with nulls', userRemovedEvent({ userId, userName: null, reason: null }), ownRemoved(user)],
  ];
}

const jdoe = { userName: 'jdoe@example.com' };

test.each<Row>([
  ...rowsOf(USER_ID),
  ...rowsOf(PREFIXED_USER_ID),
  ['our own, by name', userRemovedEvent({ userName: 'jdoe' }), ownRemoved({ userName: 'jdoe' })],
  ['Okta deactivate', oktaEvent('user.lifecycle.deactivate'), disabled(jdoe)],
  ['Okta suspend', oktaEvent('user.lifecycle.suspend'), disabled(jdoe)],
  ['Okta delete', oktaEvent('user.lifecycle.delete.completed'), disabled(jdoe)],
])('%s', (_name, event, decision) => {
  // Each Region sends its own event of the store, with its own id.
  const isNative = /^User (Deleted|Disabled|Updated)$/.test(event['detail-type']);
  const eventId = isNative ? `${event['detail-type']} 2026-01-02T03:04:05.000Z` : event.id;
  expect(decide(event)).toEqual({ ...decision, eventId, description: expect.any(String) });
});

const deletion = (detail: object) => apiCallEvent('identitystore', 'DeleteUser', { userId: USER_ID }, detail);

test.each<Row>([
  ['a refused call', deletion({ errorCode: 'AccessDenied' }), ignored],
  ['a refused soft delete', scimPatchEvent(USER_ID, { errorCode: 'ValidationException' }), ignored],
  ['an odd error code', deletion({ errorCode: 0 }), ignored],
  ['no error code', deletion({ errorCode: null }), { kind: 'revoke' }],
  ['a read', deletion({ readOnly: true }), ignored],
  ['another service', deletion({ eventSource: 'iam.amazonaws.com' }), ignored],
  ['a lookalike', deletion({ eventSource: 'identitystore.amazonaws.com.example' }), ignored],
  ['a lookalike', deletion({ eventSource: 'not-identitystore.amazonaws.com' }), ignored],
  ['an event source of the wrong type', deletion({ eventSource: ['identitystore.amazonaws.com'] }), ignored],
  [
    'enabling',
    apiCallEvent('sso-directory', 'EnableUser', { userId: USER_ID }),
    { kind: 'return', userId: USER_ID },
  ],
  ['enabling somebody hidden', apiCallEvent('sso-directory', 'EnableUser', { userId: HIDDEN }), ignored],
  [
    'enabling in vain',
    apiCallEvent('sso-directory', 'EnableUser', { userId: USER_ID }, { errorCode: 'AccessDenied' }),
    ignored,
  ],
  ['creating', apiCallEvent('identitystore-scim', 'CreateUser', { httpBody: {}, tenantId: 'x' }), ignored],
  ['groups', apiCallEvent('sso-directory', 'AddMemberToGroup', { member: { memberId: USER_ID } }), ignored],
  ['a hidden id', apiCallEvent('identitystore-scim', 'DeleteUser', { id: HIDDEN }), unreadable],
  ['a redacted id', scimPatchEvent('xxxx'), unreadable],
  [
    'text around an id',
    apiCallEvent('identitystore', 'DeleteUser', { userId: `${USER_ID} or 1` }),
    unreadable,
  ],
  ['only the actor', apiCallEvent('sso-directory', 'DeleteUser', { identityStoreId: STORE }), unreadable],
  ['no parameters', apiCallEvent('sso-directory', 'DeleteUser', null), unreadable],
  ['parameters in a list', apiCallEvent('sso-directory', 'DeleteUser', [{ userId: USER_ID }]), unreadable],
  ['native, a group', identityStoreEvent('Group Deleted', { userId: USER_ID }), ignored],
  ['native, a new user', identityStoreEvent('User Created', { userId: USER_ID }), ignored],
  ['native, an update of nobody', identityStoreEvent('User Updated', {}), unreadable],
  ['native, keys in another case', identityStoreEvent('User Deleted', { 'user-id': USER_ID }), unreadable],
  ['native, nobody', identityStoreEvent('User Deleted', { userId: 7, user: null }, 'no list'), unreadable],
  [
    'native, the ARN of a group',
    identityStoreEvent('User Deleted', {}, [`arn:aws:identitystore:::group/${USER_ID}`]),
    unreadable,
  ],
  ['Okta, another type', { ...oktaEvent('user.lifecycle.suspend'), 'detail-type': 'Alert' }, ignored],
  ['the type of Okta, another source', { ...oktaEvent('user.lifecycle.suspend'), source: 'x' }, ignored],
  ['Okta, still running', oktaEvent('user.lifecycle.delete.initiated'), ignored],
  ['Okta, a sign-in', oktaEvent('user.session.start'), ignored],
  ['Okta, failed', oktaEvent('user.lifecycle.suspend', { outcome: { result: 'FAILURE' } }), ignored],
  ['Okta, no outcome', oktaEvent('user.lifecycle.suspend', { outcome: null }), ignored],
  ['Okta, no target', oktaEvent('user.lifecycle.suspend', { target: null }), ignored],
  [
    'Okta, no name',
    oktaEvent('user.lifecycle.suspend', { target: [null, { type: 'User', alternateId: 'unknown' }] }),
    ignored,
  ],
  [
    'our own, another type',
    { ...userRemovedEvent({ userId: USER_ID }), 'detail-type': 'User Added' },
    ignored,
  ],
  ['our type, another source', { ...userRemovedEvent({ userId: USER_ID }), source: 'stranger' }, ignored],
  ['our own, two subjects', userRemovedEvent({ userId: USER_ID, userName: 'jdoe' }), { kind: 'malformed' }],
  ['our own, nobody', userRemovedEvent({ reason: 'left' }), { kind: 'malformed' }],
  ['our own, no id', userRemovedEvent({ userId: 'jdoe' }), { kind: 'malformed' }],
  ['our own, a blank name', userRemovedEvent({ userName: '  ' }), { kind: 'malformed' }],
  ['our own, no detail', userRemovedEvent(null), { kind: 'malformed' }],
])('%s is no removal', (_name, event, decision) => {
  expect(decide(event)).toMatchObject(decision);
});

test('a call is recognized by its eventSource, whatever source of AWS the event has', () => {
  const event = apiCallEvent('identitystore-scim', 'DeleteUser', { id: USER_ID });
  expect(decide({ ...event, source: 'aws.sso' })).toMatchObject(deleted({ userId: USER_ID }));
});

test('CloudTrail records some calls as events of the service', () => {
  const event = { ...deletion({}), 'detail-type': 'AWS Service Event via CloudTrail' };
  expect(decide(event)).toMatchObject(deleted({ userId: USER_ID }));
});

test('the actor is not signed out, even if every other field names the actor', () => {
  const actor = { userId: ADMIN_ID, id: ADMIN_ID, principalId: ADMIN_ID, onBehalfOf: { userId: ADMIN_ID } };
  const event = deletion({ userIdentity: actor, responseElements: actor });
  expect(decide(event)).toMatchObject(deleted({ userId: USER_ID }));
});

test.each([
  [userRemovedEvent({ userId: USER_ID }), 'User Removed, sent by the offboarding process'],
  [deletion({}), 'DeleteUser of identitystore.amazonaws.com'],
  [scimPatchEvent(USER_ID), 'PatchUser of identitystore-scim.amazonaws.com'],
  [identityStoreEvent('User Disabled', { userId: USER_ID }), 'User Disabled of aws.identitystore'],
  [oktaEvent('user.lifecycle.suspend'), 'user.lifecycle.suspend of Okta'],
])('the record names the call that requested it (%#)', (event, description) => {
  expect(decide(event)).toMatchObject({ description });
});

test('an id in upper case is the same id', () => {
  const event = userRemovedEvent({ userId: PREFIXED_USER_ID.toUpperCase() });
  expect(decide(event)).toMatchObject({ user: { userId: PREFIXED_USER_ID } });
  const native = identityStoreEvent('User Deleted', {}, [
    `arn:aws:identitystore:::user/${USER_ID.toUpperCase()}`,
  ]);
  expect(decide(native)).toMatchObject({ user: { userId: USER_ID } });
});

test.each([
  ['left the company', 'left the company'],
  ['x'.repeat(513), 'x'.repeat(512)],
  [`${'x'.repeat(511)}\u{1F44B}`, `${'x'.repeat(511)}\uFFFD`],
  [42, undefined],
  [undefined, undefined],
])('an invalid reason does not lose a removal (%#)', (reason, expected) => {
  expect(decide(userRemovedEvent({ userId: USER_ID, reason }))).toEqual({
    ...ownRemoved({ userId: USER_ID }),
    eventId: anEvent().id,
    description: expect.any(String),
    ...(expected !== undefined && { reason: expected }),
  });
});

test.each([
  ['the same in another Region', { id: 'of-another-region', region: 'us-west-2' }, true],
  ['the same, with fractions of the second', { time: '2026-01-02T03:04:05.000Z' }, true],
  ['a second later', { time: '2026-01-02T03:04:06Z' }, false],
  ['of another type', { 'detail-type': 'User Deleted' }, false],
])('an event of the identity store itself, %s', (_name, other, isSame) => {
  const event = identityStoreEvent('User Updated', { userId: USER_ID });
  const changeOf = (told: EventEnvelope) => Object(decide(told)).eventId;
  expect(changeOf({ ...event, ...other }) === changeOf(event)).toBe(isSame);
});

test.each([undefined, 'yesterday', 7])(
  "without a readable time (%p), the event's id identifies the change",
  (time) => {
    const event = identityStoreEvent('User Updated', { userId: USER_ID });
    expect(decide({ ...event, time, id: 'an-id' })).toMatchObject({ ...ask(USER_ID), eventId: 'an-id' });
  },
);

test('a value that is no event is malformed', () => {
  const parts = [
    { id: '' },
    { id: 'x'.repeat(129) },
    { id: { $ne: null } },
    { source: undefined },
    { 'detail-type': 1 },
  ];
  const spoilt = parts.map((part) => ({ ...anEvent(), ...part }));
  for (const message of [undefined, null, 7, 'text', [], [anEvent()], {}, ...spoilt]) {
    expect(decide(message)).toMatchObject({ kind: 'malformed' });
  }
});

test('the description of an event contains none of its personal values', () => {
  const names = { eventSource: 'Jane Doe', eventName: 'jane@example.com', eventType: 'Jane "J" Doe' };
  const events = [
    deletion(names),
    deletion({ eventName: 'jane@example.com' }),
    oktaEvent('jane@example.com'),
    anEvent({ source: 'jane@example.com', 'detail-type': 'Jane Doe' }),
    oktaEvent('user.lifecycle.suspend', { target: [{ type: 'Group', alternateId: 'jane@example.com' }] }),
    userRemovedEvent({ userName: 'jane@example.com', userId: 'Jane' }),
  ];
  for (const event of events) expect(JSON.stringify(decide(event))).not.toMatch(/jane/i);
  expect(decide(deletion({ eventName: 'CreateUser' }))).toEqual({
    kind: 'ignore',
    why: 'CreateUser of identitystore.amazonaws.com removes nobody.',
  });
});

test('no JSON makes it throw, and it returns no user id that the event does not have', () => {
  const events = [...rowsOf(USER_ID).map(([, event]) => event), oktaEvent('user.lifecycle.suspend')];
  const kinds = new Set<string>();
  for (const event of spoiltEvents(events, 5_000)) {
    const decision = decide(event);
    kinds.add(decision.kind);
    const user = decision.kind === 'revoke' ? decision.user : decision;
    if ('userId' in user) expect(user.userId).toBe(USER_ID);
  }
  expect([...kinds].sort()).toEqual(['ask', 'ignore', 'malformed', 'revoke']);
});

test('a long value is parsed quickly', () => {
  const long = `arn:aws:identitystore:${':a/'.repeat(80_000)}`;
  const before = performance.now();
  expect(decide(identityStoreEvent('User Deleted', { userId: long }, [long, long]))).toMatchObject(
    unreadable,
  );
  expect(performance.now() - before).toBeLessThan(500);
});
