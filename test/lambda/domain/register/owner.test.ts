import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { Owner } from '../../../../lambda/domain/register/owner.ts';
import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { ampleTime, fakeDirectory } from '../../../support/fakes.ts';
import { aRegistration, registeringWorld } from '../../../support/registering.ts';
import { ALICE, BOB } from '../../../support/sessions.ts';

const byName = { userName: 'alice' };
const byId = { userId: ALICE };

async function outcomeOf(owner: Owner): Promise<string> {
  const world = registeringWorld();
  const registering = registerSession(world, aRegistration({ owner }), ampleTime());
  const answer = await registering.then(
    ({ userId }) => userId,
    (error: unknown) => (error instanceof DomainError ? error.code : 'defect'),
  );
  expect(world.cache.sessions.map(({ userId }) => userId)).toEqual(answer === ALICE ? [ALICE] : []);
  return answer;
}

const NOT_YOURS = 'not-your-session';

test.each<[string, Owner, string]>([
  ['by user name', { user: byName }, ALICE],
  ['by user id', { user: byId }, ALICE],
  ['by user name, and the body repeats it', { user: byName, claimed: { userName: 'alice' } }, ALICE],
  [
    'by user name, and the body repeats it in other letter case',
    { user: byName, claimed: { userName: 'ALICE' } },
    ALICE,
  ],
  ['by user name, and the body repeats the id', { user: byName, claimed: { userId: ALICE } }, ALICE],
  ['by user id, and the body repeats it', { user: byId, claimed: { userId: ALICE } }, ALICE],
  ['by user id, and the body repeats the name', { user: byId, claimed: { userName: 'Alice' } }, ALICE],
  [
    'by user id, and the body repeats both',
    { user: byId, claimed: { userId: ALICE, userName: 'alice' } },
    ALICE,
  ],
  ['by user name, and the body claims nothing', { user: byName, claimed: { userId: undefined } }, ALICE],
  [
    'by user name, and the body names somebody else',
    { user: byName, claimed: { userName: 'bob' } },
    NOT_YOURS,
  ],
  [
    'by user name, and the body has the id of somebody else',
    { user: byName, claimed: { userId: BOB } },
    NOT_YOURS,
  ],
  ['by user id, and the body names somebody else', { user: byId, claimed: { userName: 'bob' } }, NOT_YOURS],
  ['by user id, and the body names nobody', { user: byId, claimed: { userName: 'nobody' } }, NOT_YOURS],
  [
    'by user id, and the body has the id of somebody else',
    { user: byId, claimed: { userId: BOB } },
    NOT_YOURS,
  ],
  [
    'by user id, and the body agrees in one of two',
    { user: byId, claimed: { userId: BOB, userName: 'alice' } },
    NOT_YOURS,
  ],
  ['by a user name that nobody has', { user: { userName: 'nobody' } }, 'user-not-found'],
  ['not at all', { user: undefined }, NOT_YOURS],
  ['not at all, but the body names somebody', { user: undefined, claimed: { userId: ALICE } }, NOT_YOURS],
])('the user is known %s: %j → %s', async (_name, owner, outcome) => {
  expect(await outcomeOf(owner)).toBe(outcome);
});

test.each<[string, Owner]>([
  ['a caller who is nobody', { user: undefined }],
  ['a caller whose body names somebody else', { user: byName, claimed: { userName: 'bob' } }],
])('for %s nobody is asked anything', async (_name, owner) => {
  const asked = jest.fn(() => Promise.reject(new Error('asked')));
  const base = registeringWorld();
  const world = {
    ...base,
    portal: { ...base.portal, accepts: asked },
    directory: { userIdOf: asked, statusOf: asked, userOf: asked },
    tokenCache: { ...base.tokenCache, find: asked, list: asked },
    sealer: { seal: asked },
  };
  const registering = registerSession(world, aRegistration({ owner }), ampleTime());
  await expect(registering).rejects.toMatchObject({ code: NOT_YOURS });
  expect(asked).not.toHaveBeenCalled();
});

test('a refused caller is told which route registers for others', async () => {
  const owner = { user: undefined };
  const registering = registerSession(registeringWorld(), aRegistration({ owner }), ampleTime());
  await expect(registering).rejects.toThrow('PUT /users/{userId}/sessions');
});

test('a name that cannot be looked up is not taken for the name of somebody else', async () => {
  const down = () => Promise.reject(new DomainError('directory-unavailable', 'down'));
  const directory = { ...fakeDirectory({ [ALICE]: 'enabled' }), userIdOf: down };
  const owner = { user: byId, claimed: { userName: 'alice' } };
  const registering = registerSession(registeringWorld({ directory }), aRegistration({ owner }), ampleTime());
  await expect(registering).rejects.toMatchObject({ code: 'directory-unavailable' });
});
