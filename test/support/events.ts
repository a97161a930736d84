import type { BelievedSenders } from '../../lambda/domain/detect/events/senders.ts';

/** EventBridge events about removed people, in the form of real ones. A test overrides the parts that it is about. */

/** The two forms of a user id. */
export const USER_ID = '7a31c0de-4f02-7093-b1aa-0c5d2e9f8b16';
export const PREFIXED_USER_ID = '9067f0a1b2-3c9d5e70-81f4-4a26-9b3e-6d07c2a8e514';
/** The user who made the call. This user must never be signed out. */
export const ADMIN_ID = '9067f0a1b2-e1d2c3b4-0a9f-4887-8766-554433221100';

/** The account and the identity store of the stack, as in `synth.ts` and the local run. */
export const ACCOUNT = '000000000000';
export const STORE = 'd-0000000000';
export const OTHER_ACCOUNT = '999999999999';
export const OTHER_STORE = 'd-9999999999';

export const OWN_SOURCE = 'offboarding';
export const OKTA_SOURCE = 'aws.partner/okta.com/local/offboarding';
/** The senders that a stack with everything optional trusts. */
export const SENDERS: BelievedSenders = {
  ownSource: OWN_SOURCE,
  oktaSource: OKTA_SOURCE,
  accounts: [ACCOUNT],
  identityStoreId: STORE,
};
export const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';

export interface EventEnvelope {
  version: string;
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: unknown;
  detail: unknown;
}

export function anEvent(overrides: Partial<EventEnvelope> = {}): EventEnvelope {
  return {
    version: '0',
    id: '0f6d2a8e-93b1-4c57-a0de-715c2b9e4f38',
    'detail-type': 'Something Happened',
    source: 'example.source',
    account: ACCOUNT,
    time: '2026-01-02T03:04:05Z',
    region: 'eu-west-1',
    resources: [],
    detail: {},
    ...overrides,
  };
}

export type Directory = 'sso-directory' | 'identitystore' | 'identitystore-scim' | 'sso';

/**
 * A call to a service of the directory or of Identity Center's administration, as EventBridge delivers it from
 * CloudTrail.
 */
export function apiCallEvent(
  service: Directory,
  eventName: string,
  requestParameters: unknown,
  detail: object = {},
): EventEnvelope {
  return anEvent({
    source: `aws.${service}`,
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventVersion: '1.11',
      userIdentity: {
        type: 'IdentityCenterUser',
        accountId: ACCOUNT,
        onBehalfOf: {
          userId: ADMIN_ID,
          identityStoreArn: `arn:aws:identitystore::${ACCOUNT}:identitystore/${STORE}`,
        },
      },
      eventTime: '2026-01-02T03:04:05Z',
      eventSource: `${service}.amazonaws.com`,
      eventName,
      awsRegion: 'eu-west-1',
      sourceIPAddress: '192.0.2.7',
      requestParameters,
      responseElements: null,
      requestID: '5e1b7c90-2d34-4f6a-8c01-b9d8e7f6a5c4',
      eventID: 'c2a19f08-6b7d-4e35-9a1c-3f4e5d6c7b8a',
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: ACCOUNT,
      eventCategory: 'Management',
      ...detail,
    },
  });
}

/** The instance of the stack, as in `synth.ts`, and a permission set of it. */
export const INSTANCE_ARN = 'arn:aws:sso:::instance/ssoins-0000000000000000';
export const PERMISSION_SET_ARN = 'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-1a2b3c4d5e6f7a8b';

/** A call that deletes a user's account assignment. CloudTrail records the request, not the end of the deletion. */
export function assignmentDeletedEvent(requestParameters: object = {}, detail: object = {}): EventEnvelope {
  const parameters = {
    instanceArn: INSTANCE_ARN,
    targetId: '111122223333',
    targetType: 'AWS_ACCOUNT',
    permissionSetArn: PERMISSION_SET_ARN,
    principalType: 'USER',
    principalId: USER_ID,
    ...requestParameters,
  };
  return apiCallEvent('sso', 'DeleteAccountAssignment', parameters, detail);
}

/** The call by which an identity provider deactivates a user. CloudTrail hides the values. */
export function scimPatchEvent(id: string, detail: object = {}): EventEnvelope {
  const operations = [{ op: 'REPLACE', path: 'active', value: HIDDEN }];
  const parameters = { httpBody: { operations, schemas: [HIDDEN] }, tenantId: 'tenant-1', id };
  return apiCallEvent('identitystore-scim', 'PatchUser', parameters, detail);
}

/** An event of the identity store itself. */
export function identityStoreEvent(
  detailType: string,
  detail: unknown,
  resources: unknown = [],
): EventEnvelope {
  return anEvent({ source: 'aws.identitystore', 'detail-type': detailType, detail, resources });
}

/** The part of the revocation's id that identifies the change. Each Region's event about it has its own id. */
export function changeOf(event: { id: string; source: string; 'detail-type': string; time: string }): string {
  const { id, source, 'detail-type': type, time } = event;
  const isNative = source === 'aws.identitystore' && /^User /.test(type);
  return isNative ? `${type} ${new Date(time).toISOString()}` : id;
}

/** The event that our documentation tells an offboarding process to send. */
export function userRemovedEvent(detail: unknown): EventEnvelope {
  return anEvent({ source: OWN_SOURCE, 'detail-type': 'User Removed', detail });
}

/** An entry of Okta's System Log on its partner event bus. */
export function oktaEvent(eventType: string, detail: object = {}): EventEnvelope {
  return anEvent({
    source: OKTA_SOURCE,
    'detail-type': 'SystemLog',
    detail: {
      actor: { id: '00u0admin', type: 'User', alternateId: 'admin@example.com', displayName: 'An Admin' },
      displayMessage: 'A message',
      eventType,
      outcome: { result: 'SUCCESS', reason: null },
      published: '2026-01-02T03:04:05.678Z',
      severity: 'INFO',
      uuid: '1d2c3b4a-5f6e-4708-9a1b-2c3d4e5f6a7b',
      target: [
        { id: '00u0jdoe', type: 'AppUser', alternateId: 'jdoe@app.example.com', displayName: 'J. Doe' },
        { id: '00u0jdoe', type: 'User', alternateId: 'jdoe@example.com', displayName: 'J. Doe' },
      ],
      ...detail,
    },
  });
}

/** Events with some parts at any depth changed or left out; the same in every run. */
export function* spoiltEvents(events: unknown[], count: number): Generator<unknown> {
  const next = numbersFrom(20_260_102);
  const odd = [null, true, -1, '', 'x', HIDDEN, [], {}, [[]], { userId: {} }, USER_ID];
  const spoilt = (value: unknown): unknown => {
    if (next(12) === 0) return odd[next(odd.length)];
    if (Array.isArray(value)) return value.map(spoilt);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(() => next(12) > 0);
    return Object.fromEntries(kept.map(([key, part]) => [key, spoilt(part)]));
  };
  for (let made = 0; made < count; made += 1) yield spoilt(events[next(events.length)]);
}

/** Park and Miller's generator. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
