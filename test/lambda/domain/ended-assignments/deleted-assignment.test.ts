import {
  type AssignmentSenders,
  toDeletedAssignment,
} from '../../../../lambda/domain/ended-assignments/deleted-assignment.ts';
import {
  ACCOUNT,
  assignmentDeletedEvent,
  INSTANCE_ARN,
  OTHER_ACCOUNT,
  OTHER_STORE,
  PERMISSION_SET_ARN,
  PREFIXED_USER_ID,
  STORE,
  spoiltEvents,
  USER_ID,
} from '../../../support/events.ts';

const SENDERS: AssignmentSenders = { accounts: [ACCOUNT], identityStoreId: STORE, instanceArn: INSTANCE_ARN };

test.each([USER_ID, PREFIXED_USER_ID])('the deletion of an assignment of %s', (principalId) => {
  const event = assignmentDeletedEvent({ principalId });
  expect(toDeletedAssignment(event, SENDERS)).toEqual({
    kind: 'deleted',
    userId: principalId,
    accountId: '111122223333',
    permissionSetArn: PERMISSION_SET_ARN,
    eventId: event.id,
    description: 'DeleteAccountAssignment of sso.amazonaws.com',
  });
});

test('an id in upper case is the same user', () => {
  const event = assignmentDeletedEvent({ principalId: USER_ID.toUpperCase() });
  expect(toDeletedAssignment(event, SENDERS)).toMatchObject({ userId: USER_ID });
});

test.each<[string, object, RegExp]>([
  ['of a group', assignmentDeletedEvent({ principalType: 'GROUP' }), /about a group/],
  ['that failed', assignmentDeletedEvent({}, { errorCode: 'ConflictException' }), /failed/],
  [
    'of another instance',
    assignmentDeletedEvent({ instanceArn: 'arn:aws:sso:::instance/ssoins-9999999999999999' }),
    /not believed.*another instance/,
  ],
  ['of no instance', assignmentDeletedEvent({ instanceArn: undefined }), /not believed.*another instance/],
  ['of another account', { ...assignmentDeletedEvent(), account: OTHER_ACCOUNT }, /not believed.*account/],
  ['of a customer', { ...assignmentDeletedEvent(), source: 'my.sso' }, /not believed.*no service of AWS/],
  [
    'of a partner',
    { ...assignmentDeletedEvent(), source: 'aws.partner/x.com/a/b' },
    /not believed.*no service of AWS/,
  ],
  [
    'of another identity store',
    assignmentDeletedEvent({ identityStoreId: OTHER_STORE }),
    /not believed.*another identity store/,
  ],
  [
    'that is a creation',
    assignmentDeletedEvent({}, { eventName: 'CreateAccountAssignment' }),
    /CreateAccountAssignment of sso.amazonaws.com ends no/,
  ],
  [
    'at another service',
    assignmentDeletedEvent({}, { eventSource: 'sso-directory.amazonaws.com' }),
    /ends no account assignment/,
  ],
  ['of another detail type', { ...assignmentDeletedEvent(), 'detail-type': 'Other' }, /ends no/],
])('a deletion %s is ignored', (_, event, why) => {
  expect(toDeletedAssignment(event, SENDERS)).toEqual({ kind: 'ignore', why: expect.stringMatching(why) });
});

test.each<[string, object]>([
  ['user', { principalId: 'jane' }],
  ['account', { targetId: '1111' }],
  ['account, but a number', { targetId: 111122223333 }],
  ['permission set', { permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1' }],
  ['permission set, but a pattern', { permissionSetArn: PERMISSION_SET_ARN.replace(/.$/, '*') }],
  ['kind of principal', { principalType: undefined }],
  ['kind of target', { targetType: 'AWS_OU' }],
])('a deletion without a readable %s is malformed, so that it does not go unnoticed', (_, wrong) => {
  expect(toDeletedAssignment(assignmentDeletedEvent(wrong), SENDERS)).toMatchObject({
    kind: 'malformed',
    why: expect.stringContaining('Tell the developers'),
  });
});

test('no message makes it throw, and all values that it returns are well-formed', () => {
  let deletions = 0;
  for (const event of spoiltEvents([assignmentDeletedEvent()], 2_000)) {
    const decision = toDeletedAssignment(event, SENDERS);
    if (decision.kind !== 'deleted') continue;
    deletions += 1;
    expect(decision).toMatchObject({ userId: USER_ID, permissionSetArn: PERMISSION_SET_ARN });
  }
  expect(deletions).toBeGreaterThan(10);
});
