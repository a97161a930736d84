import { toRemoval } from '../../../../lambda/domain/detect/removal.ts';
import {
  ACCOUNT,
  ADMIN_ID,
  apiCallEvent,
  type EventEnvelope,
  identityStoreEvent,
  OKTA_SOURCE,
  OTHER_ACCOUNT,
  OTHER_STORE,
  oktaEvent,
  SENDERS,
  STORE,
  scimPatchEvent,
  USER_ID,
  userRemovedEvent,
} from '../../../support/events.ts';

const call = (name: string, parameters: object = {}, detail: object = {}) =>
  apiCallEvent('sso-directory', name, { userId: USER_ID, ...parameters }, detail);
const userArn = (store: string) => `arn:aws:identitystore::${ACCOUNT}:identitystore/${store}/user/${USER_ID}`;
const storeArn = (store: string) => `arn:aws:identitystore::${ACCOUNT}:identitystore/${store}`;

/** Every kind of event of AWS, and what it means if its sender is trusted. */
const ofAws: [name: string, event: EventEnvelope, kind: string][] = [
  ['DeleteUser', call('DeleteUser'), 'revoke'],
  ['DisableUser', call('DisableUser'), 'revoke'],
  ['UpdateUser', call('UpdateUser'), 'ask'],
  ['EnableUser', call('EnableUser'), 'return'],
  ['SCIM PatchUser', scimPatchEvent(USER_ID), 'ask'],
  ['a service event', { ...call('DeleteUser'), 'detail-type': 'AWS Service Event via CloudTrail' }, 'revoke'],
  ['native User Deleted', identityStoreEvent('User Deleted', { userId: USER_ID }), 'revoke'],
  ['native User Updated', identityStoreEvent('User Updated', { userId: USER_ID }), 'ask'],
];
const isNative = ({ source }: EventEnvelope) => source === 'aws.identitystore';

const NO_SERVICE = 'The event is not believed: its source is no service of AWS.';
const WRONG_ACCOUNT =
  "The event is not believed: its account is neither the stack's nor one of eventAccounts.";
const WRONG_STORE = 'The event is not believed: it is about another identity store than the configured one.';
const WRONG_BUS = 'The event is not believed: its source is not the configured event bus of Okta.';

describe.each(ofAws)('%s', (_name, event, kind) => {
  test("is trusted if it comes from a service of AWS and the stack's account", () => {
    expect(toRemoval(event, SENDERS)).toMatchObject({ kind });
  });

  test('from another account is ignored, unless that account is configured', () => {
    const foreign = { ...event, account: OTHER_ACCOUNT };
    expect(toRemoval(foreign, SENDERS)).toEqual({ kind: 'ignore', why: WRONG_ACCOUNT });
    const accounts = [ACCOUNT, OTHER_ACCOUNT];
    expect(toRemoval(foreign, { ...SENDERS, accounts })).toMatchObject({ kind });
  });

  test.each([undefined, null, '', Number(ACCOUNT), [ACCOUNT]])(
    'from the account %j is ignored',
    (account) => {
      expect(toRemoval({ ...event, account }, SENDERS)).toEqual({ kind: 'ignore', why: WRONG_ACCOUNT });
    },
  );

  test('about another identity store is ignored, unless the stack knows none', () => {
    const foreign = { ...event, resources: [storeArn(OTHER_STORE)] };
    expect(toRemoval(foreign, SENDERS)).toEqual({ kind: 'ignore', why: WRONG_STORE });
    expect(toRemoval(foreign, { ...SENDERS, identityStoreId: undefined })).toMatchObject({ kind });
  });

  test.each([
    'my.app',
    'aws',
    'aws-directory',
    'AWS.sso-directory',
    ' aws.sso-directory',
    'aws.partner/okta.com/x',
  ])('of the source %s is ignored', (source) => {
    const decision = toRemoval({ ...event, source }, SENDERS);
    const why = isNative(event) ? expect.any(String) : NO_SERVICE;
    expect(decision).toEqual({ kind: 'ignore', why });
  });

  test('of our own source is ignored', () => {
    expect(toRemoval({ ...event, source: SENDERS.ownSource }, SENDERS)).toMatchObject({ kind: 'ignore' });
  });
});

test.each<[where: string, event: (store: string) => EventEnvelope]>([
  ['identityStoreId', (store) => call('DeleteUser', { identityStoreId: store })],
  ['IdentityStoreId', (store) => call('DeleteUser', { IdentityStoreId: store })],
  ['an ARN of the user', (store) => call('DeleteUser', { userId: userArn(store) })],
  ['the ARN of the record', (store) => call('DeleteUser', {}, { identityStoreArn: storeArn(store) })],
  ['the identityStoreId of the record', (store) => call('DeleteUser', {}, { identityStoreId: store })],
  [
    'the resources of the record',
    (store) => call('DeleteUser', {}, { resources: [{ ARN: storeArn(store) }] }),
  ],
  ['the resources of the event', (store) => ({ ...call('DeleteUser'), resources: [7, userArn(store)] })],
  [
    'native, identityStoreId',
    (store) => identityStoreEvent('User Deleted', { userId: USER_ID, identityStoreId: store }),
  ],
  [
    'native, IdentityStoreId',
    (store) => identityStoreEvent('User Deleted', { userId: USER_ID, IdentityStoreId: store }),
  ],
  [
    'native, an ARN',
    (store) => identityStoreEvent('User Deleted', { userId: USER_ID, identityStoreArn: storeArn(store) }),
  ],
  [
    'native, the user',
    (store) => identityStoreEvent('User Deleted', { user: { userId: USER_ID, identityStoreId: store } }),
  ],
  [
    'native, an ARN of the user',
    (store) => identityStoreEvent('User Deleted', { user: { userId: userArn(store) } }),
  ],
  ['native, the resources', (store) => identityStoreEvent('User Deleted', {}, [userArn(store)])],
])('the identity store is compared wherever an event names it: %s', (_where, event) => {
  expect(toRemoval(event(STORE), SENDERS)).toMatchObject({ kind: 'revoke', user: { userId: USER_ID } });
  expect(toRemoval(event(OTHER_STORE), SENDERS)).toEqual({ kind: 'ignore', why: WRONG_STORE });
});

test.each([7, '', `${STORE}0`, STORE.toUpperCase(), [STORE], {}])(
  'a store named as %j is not the configured one',
  (identityStoreId) => {
    const event = call('DeleteUser', { identityStoreId });
    expect(toRemoval(event, SENDERS)).toEqual({ kind: 'ignore', why: WRONG_STORE });
  },
);

test("the caller's own store does not matter, nor does one that is null", () => {
  const userIdentity = { onBehalfOf: { userId: ADMIN_ID, identityStoreArn: storeArn(OTHER_STORE) } };
  const event = call('DeleteUser', { identityStoreId: null }, { userIdentity });
  expect(toRemoval(event, SENDERS)).toMatchObject({ kind: 'revoke' });
});

describe('an event of Okta', () => {
  const event = oktaEvent('user.lifecycle.suspend');

  test('is trusted on the configured bus, whatever account it has', () => {
    expect(toRemoval({ ...event, account: OTHER_ACCOUNT }, SENDERS)).toMatchObject({ kind: 'revoke' });
  });

  test.each(['aws.partner/okta.com/somebody/else', `${OKTA_SOURCE}/more`, 'aws.sso-directory', 'my.app'])(
    'of the source %s is ignored',
    (source) => {
      expect(toRemoval({ ...event, source }, SENDERS)).toEqual({ kind: 'ignore', why: WRONG_BUS });
    },
  );

  test('is ignored if the stack has no bus of Okta', () => {
    const senders = { ...SENDERS, oktaSource: undefined };
    expect(toRemoval(event, senders)).toEqual({ kind: 'ignore', why: WRONG_BUS });
  });
});

test('our own event is trusted by its source alone', () => {
  const event = userRemovedEvent({ userId: USER_ID });
  expect(toRemoval({ ...event, account: OTHER_ACCOUNT }, SENDERS)).toMatchObject({ kind: 'revoke' });
  expect(toRemoval({ ...event, source: 'my.app' }, SENDERS)).toMatchObject({ kind: 'ignore' });
});

test('the reason for ignoring an event contains no value of the event', () => {
  const foreign = call('jane@example.com', { identityStoreId: 'Jane' });
  for (const part of [{ source: 'jane' }, { account: OTHER_ACCOUNT }, {}]) {
    const { why } = Object(toRemoval({ ...foreign, ...part }, SENDERS));
    expect(why).toMatch(/^The event is not believed: .*\.$/);
    expect(why).not.toMatch(/jane|\d{12}/i);
  }
});
