import { idsOf } from '../../../lambda/shell/message-ids.ts';

const userId = '0a1b2c3d-1111-4222-8333-444455556666';
const revocationId = `user.${'A'.repeat(43)}`;
const id = '4f1d7a52-0c4b-4c1e-9d55-0123456789ab';

test.each<[string, unknown, object]>([
  [
    'a job of a request',
    { kind: 'revoke-user', revocationId, userId, requestId: 'JKJaXmPLvHcESHA=' },
    { revocationId, userId, requestId: 'JKJaXmPLvHcESHA=' },
  ],
  [
    'a job of before there were request ids',
    { kind: 'revoke-user', revocationId, userId },
    { revocationId, userId },
  ],
  ['an event', { id, source: 'aws.identitystore', detail: { userId } }, { eventId: id }],
  ['a report', { kind: 'gone', userId, at: '2026-01-01T00:00:00Z' }, { userId }],
])('the log has the ids of %s', (_, body, ids) => {
  expect(idsOf(JSON.stringify(body))).toEqual(ids);
});

test.each([
  ['what is no JSON', 'canary'],
  ['what is no object', '["canary"]'],
  ['null', 'null'],
  [
    'ids of another form',
    JSON.stringify({ id: 'canary', userId: 'canary', revocationId: 'canary', requestId: 'canary canary' }),
  ],
  [
    'ids that are no text',
    JSON.stringify({ id: { canary: 1 }, userId: ['canary'], revocationId: 7, requestId: true }),
  ],
  ['a reason', JSON.stringify({ reason: 'canary', requestedBy: 'canary' })],
])('the log has no ids of %s', (_, body) => {
  expect(idsOf(body)).toEqual({});
});
