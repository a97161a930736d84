import fc from 'fast-check';
import { CAUSES } from '../../../lambda/domain/cause.ts';
import {
  ACCOUNT,
  apiCallEvent,
  type Directory,
  type EventEnvelope,
  identityStoreEvent,
  oktaEvent,
  STORE,
  scimPatchEvent,
  userRemovedEvent,
} from '../../support/events.ts';
import { ALICE, BOB, someJob } from '../../support/sessions.ts';
import { type Json, mutated, oddValues } from './fuzz.ts';
import { reports } from './fuzz-reports.ts';
import { spoiltJson } from './fuzz-text.ts';

/** The names of the two users. */
export const NAMES = { 'alice@example.com': ALICE, 'bob@example.com': BOB } as const;
const [ALICE_NAME, BOB_NAME] = Object.keys(NAMES) as [string, string];
const CHANGES = [
  'DeleteUser',
  'DisableUser',
  'EnableUser',
  'PatchUser',
  'PutUser',
  'UpdateUser',
  'CreateUser',
];

/** Other places of a CloudTrail event that may name a user. */
const elsewhere = {
  userIdentity: {
    type: 'IdentityCenterUser',
    onBehalfOf: { userId: BOB },
    principalId: BOB,
    userName: BOB_NAME,
  },
  responseElements: { userId: BOB, user: { userId: BOB } },
  requestID: BOB,
  resources: [{ ARN: `arn:aws:identitystore:::user/${BOB}` }],
};
const parameters = (key: string, id: string) => ({
  [key]: id,
  groupId: BOB,
  member: { memberId: BOB },
  operations: [{ attributePath: 'manager', attributeValue: BOB }],
});

/**
 * Every event that ends the sessions of the user with this id and name. BOB is named in places that have no meaning.
 */
export function removalsOf(id: string, name: string): EventEnvelope[] {
  const services: Directory[] = ['sso-directory', 'identitystore', 'identitystore-scim'];
  const users = [
    id,
    `arn:aws:identitystore:::user/${id}`,
    `arn:aws:identitystore::${ACCOUNT}:identitystore/${STORE}/user/${id}`,
  ];
  return [
    ...services.flatMap((service) =>
      ['userId', 'UserId', 'id', 'Id'].flatMap((key) =>
        ['DeleteUser', 'DisableUser', 'UpdateUser'].map((call) =>
          apiCallEvent(service, call, parameters(key, id), elsewhere),
        ),
      ),
    ),
    scimPatchEvent(id, elsewhere),
    ...['User Deleted', 'User Disabled', 'User Updated'].flatMap((type) =>
      users.flatMap((user) => [
        identityStoreEvent(type, { userId: user, actor: BOB, groupId: BOB }),
        identityStoreEvent(type, { user: { userId: user }, actor: { userId: BOB } }),
        identityStoreEvent(type, { by: BOB }, [user]),
      ]),
    ),
    userRemovedEvent({ userId: id, reason: `asked for by ${BOB}`, manager: BOB }),
    userRemovedEvent({ userName: name, reason: BOB_NAME, requestedBy: { userId: BOB } }),
    ...['deactivate', 'suspend', 'delete.completed'].map((what) =>
      oktaEvent(`user.lifecycle.${what}`, {
        actor: { type: 'User', alternateId: BOB_NAME },
        target: [
          { type: 'AppUser', alternateId: BOB_NAME },
          { type: 'User', alternateId: name },
        ],
      }),
    ),
  ];
}

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));

export const removalsOfAlice = fc.constantFrom(...removalsOf(ALICE, ALICE_NAME).map(asJson));

/** Strings that look like ALICE's id or her name, but are neither. */
export const almostAlice = fc.constantFrom(
  ...[
    `${ALICE}0`,
    `0${ALICE}`,
    ` ${ALICE}`,
    `${ALICE}\n`,
    `${ALICE}\u0000`,
    `${ALICE} ${BOB}`,
    `${ALICE},${BOB}`,
  ],
  ...[
    ALICE.slice(1),
    ALICE.replaceAll('-', ''),
    ALICE.replace('0', '٠'),
    ALICE.replace('a', 'а'),
    `{${ALICE}}`,
  ],
  ...[
    `urn:uuid:${ALICE}`,
    `${ALICE}/`,

    `arn:aws:iam:::user/${ALICE}`,
    `${ALICE}\u200b`,
    '*',
    '%',
    '',
  ],
);

const otherEvents = fc.constantFrom(
  ...CHANGES.map((call) =>
    apiCallEvent('sso-directory', call, { userId: ALICE }, { errorCode: 'AccessDenied' }),
  ),
  apiCallEvent('identitystore', 'CreateUser', { userId: ALICE }),
  identityStoreEvent('User Created', { userId: ALICE }),
  oktaEvent('user.session.start'),
  { ...userRemovedEvent({ userId: ALICE }), source: 'stranger' },
);

const jobs = fc.oneof(
  fc
    .record({
      userId: fc.constantFrom(ALICE, BOB),
      source: fc.constantFrom('http', 'event', 'sweep'),
      cause: fc.constantFrom(...CAUSES),
      reason: fc.constantFrom('left', 'x'.repeat(512)),
    })
    .map((job) => someJob(job as object)),
  fc.constantFrom<object>(
    { ...someJob(), kind: 'revoke-everyone' },
    {
      ...someJob(),
      kind: 'revoke-everyone',
      cursor: Buffer.from('{"userId":"x","sessionId":"y"}').toString('base64url'),
    },
    { ...someJob(), kind: 'revoke-everyone', except: [ALICE, BOB] },
    { ...someJob(), everyoneId: `everyone.${'e'.repeat(43)}` },
    { ...someJob(), everyoneId: `everyone.${'e'.repeat(43)}`, deniedBy: 'everyone' },
  ),
);

/** Bodies of messages: jobs, events and others, valid or spoilt. */
export const bodies = spoiltJson(
  mutated(
    fc.oneof(
      { weight: 4, arbitrary: jobs.map(asJson) },
      { weight: 4, arbitrary: removalsOfAlice },
      { weight: 2, arbitrary: otherEvents.map(asJson) },
      { weight: 1, arbitrary: reports },
      { weight: 1, arbitrary: oddValues },
    ),
  ),
);

/** The users whose ids are anywhere in the body, at any depth. */
export function namedIn(body: string): Set<string> {
  // A text that is not JSON names nobody. Escaped text is also searched unescaped.
  const text = [body, unescaped(body)].join('\n').toLowerCase();
  return new Set(
    Object.entries(NAMES).flatMap(([name, id]) => (text.includes(id) || text.includes(name) ? [id] : [])),
  );
}

function unescaped(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return '';
  }
}
