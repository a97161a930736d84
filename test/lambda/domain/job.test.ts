import * as v from 'valibot';
import { derivedId } from '../../../lambda/domain/ids.ts';
import { headerOf, Job, revokeUserJob } from '../../../lambda/domain/job.ts';
import { ALICE, someJob } from '../../support/sessions.ts';

const read = (message: object) => v.parse(Job, JSON.parse(JSON.stringify(message)));
const { cause: _, ...asked } = someJob({ revocationId: 'r'.repeat(43) });

test.each([
  [{ deleted: true }, 'deleted'],
  [{ deleted: true, removed: true }, 'deleted'],
  [{ deleted: false, removed: true }, 'removed'],
  [{ deleted: false, removed: false }, 'signed-out'],
  [{ deleted: false }, 'signed-out'],
])('an old job without a cause, with %j and an id without a kind, is read as %s', (said, cause) => {
  expect(read({ ...asked, ...said })).toEqual({ ...asked, cause });
});

test.each([
  ['of one session', { sessionId: 's'.repeat(43) }],
  ['of everyone', { everyoneId: derivedId('everyone', 'x') }],
  ['of everyone, by an id without a kind', { everyoneId: 'e'.repeat(43) }],
  [
    'of everyone, who is denied as everyone is',
    { everyoneId: 'e'.repeat(43), deniedBy: 'everyone' as const },
  ],
])('a job %s is read as it was written', (_name, more) => {
  const job = revokeUserJob({ ...someJob(more), requestedAt: new Date(0) });
  expect(read(job)).toEqual(job);
});

test.each([
  ['no user id', { userId: '#FENCE#x' }],
  ['an id of a key', { revocationId: derivedId('key', 'x') }],
  ['an id of a kind that there is not', { revocationId: `sweep.${'r'.repeat(43)}` }],
  ['a session id that is of a user', { sessionId: derivedId('user', 'x') }],
  ['an id of everyone that is none', { everyoneId: 'x' }],
  ['a cause that there is not', { cause: 'forgotten' }],
  ['a day that there is not', { requestedAt: '2026-02-30T25:00:00.000Z' }],
  ['no time', { requestedAt: 'now' }],
  ['somebody else who denies it', { deniedBy: 'nobody' }],
])('a job with %s is malformed', (_name, more) => {
  expect(() => read({ ...someJob(), ...more })).toThrow();
});

const ofEveryone = {
  kind: 'revoke-everyone',
  revocationId: derivedId('everyone', 'x'),
  source: 'http',
  requestedBy: 'arn',
  requestedAt: '2026-01-01T00:00:00.000Z',
};

test('an old job of everyone without exceptions is read, and its header has none', () => {
  const job = read(ofEveryone);
  expect(job).toEqual(ofEveryone);
  expect(headerOf(job, { portalSessionSeconds: 60, maxRoleSessionSeconds: 60 }, 'asked')).toMatchObject({
    subject: { everyone: true },
    except: [],
  });
});

test('the excepted users of a job are in lower case', () => {
  expect(read({ ...ofEveryone, except: [ALICE.toUpperCase()] })).toEqual({ ...ofEveryone, except: [ALICE] });
});

test.each([
  ['what is no user id', ['everyone']],
  ['more users than a policy has room for', Array.from({ length: 21 }, () => ALICE)],
])('a job of everyone that excepts %s is malformed', (_name, except) => {
  expect(() => read({ ...ofEveryone, except })).toThrow();
});

test('user ids are the same in upper and lower case', () => {
  expect(read(someJob({ userId: ALICE.toUpperCase() }))).toMatchObject({ userId: ALICE });
});

test("the times in a job's header are computed from its request", () => {
  expect(
    headerOf(someJob({ reason: 'left' }), { portalSessionSeconds: 30, maxRoleSessionSeconds: 60 }, 'asked'),
  ).toEqual({
    revocationId: someJob().revocationId,
    subject: { userId: ALICE },
    source: 'event',
    requestedBy: 'an event',
    reason: 'left',
    requestedAt: new Date('2026-01-01T00:00:00.000Z'),
    portalSessionSeconds: 30,
    maxRoleSessionSeconds: 60,
    denial: 'asked',
  });
});
