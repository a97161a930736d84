import { until } from '../../support/running-stack.ts';
import { attack } from './attack.ts';
import { junkToken, type Person, type Stage, startStage } from './stage.ts';

let stage: Stage;
let mallory: Person;

beforeEach(async () => {
  stage = await startStage();
  mallory = await stage.signIn('mallory');
}, 30_000);
afterEach(() => stage.close());

/** Signs a user out, and checks what that does to the next sign-in. */
async function signOutAndBackIn(victim: Person, tried: (aim: string, hasSucceeded: boolean) => void) {
  const { userId, userName } = victim;
  await stage.call('POST', '/revocations', { userId, reason: 'laptop stolen' });
  await stage.reconcile();
  const cutoff = stage.cutoffOf(userId);
  await stage.letFencePass(userId);
  await stage.settle();
  await stage.reconcile();
  tried('the cutoff of the denial moves on', stage.cutoffOf(userId) !== cutoff);
  tried('the fence goes up again', await stage.isFenced(userId));
  const notes = (await stage.running.rows('TokenCache')).filter(({ job }) => String(job).includes(userId));
  tried('the revocation is left for the sweep to start over', notes.length > 0);
  await stage.portal('logout', 'none');
  await stage.portal('listAccounts', 'none');
  const back = await stage.signIn(userName);
  const { status } = await stage.registerOwn(back, back.file);
  tried('the new sign-in is refused', status >= 400);
  tried('the new sign-in is ended', !stage.isAlive(back.file));
}

attack(
  "a malformed token registered for another user does not leave that user's sign-out unfinished",
  async (tried) => {
    const bob = await stage.signIn('bob');
    await stage.portal('logout', 'reject');
    await stage.portal('listAccounts', 'reject');
    await stage.registerAs(mallory, bob.userId, { ...mallory.file, accessToken: junkToken() });
    tried('it is held', (await stage.held(bob.userId)).length > 0);
    await signOutAndBackIn(bob, tried);
  },
);

attack('a token that the portal rejects from now on does not leave a sign-out unfinished', async (tried) => {
  const carol = await stage.signIn('carol');
  expect((await stage.registerOwn(carol, carol.file)).status).toBe(201);
  await stage.portal('logout', 'reject');
  await signOutAndBackIn(carol, tried);
  const all = await stage.revocationsOf(carol.userId);
  const signOut = all.find(({ subject }) => subject.sessionId === undefined);
  tried('an untrue COMPLETED', signOut?.status === 'COMPLETED' && stage.isAlive(carol.file));
});

attack(
  'a token that the portal rejects, registered under a fence, does not restore a lifted denial',
  async (tried) => {
    const dave = await stage.signIn('dave');
    await stage.registerOwn(dave, dave.file);
    await stage.call('POST', '/revocations', { userId: dave.userId, reason: 'drill' });
    expect((await stage.call('DELETE', `/deny-list/${dave.userId}`)).status).toBe(202);
    await stage.reconcile();
    expect(stage.isDenied(dave.userId)).toBe(false);
    await stage.portal('logout', 'reject');
    await stage.registerAs(mallory, dave.userId, { ...mallory.file, accessToken: junkToken() });
    await stage.settle();
    await stage.reconcile();
    tried('the lifted denial is back', stage.isDenied(dave.userId));
    tried('there is another revocation', (await stage.revocationsOf(dave.userId)).length > 1);
  },
);

attack(
  "a session that cannot be ended now, registered under a fence, does not move the user's cutoff or fence",
  async (tried) => {
    const erin = await stage.signIn('erin');
    await stage.registerOwn(erin, erin.file);
    await stage.call('POST', '/revocations', { userId: erin.userId, reason: 'drill' });
    await stage.reconcile();
    const before = [stage.cutoffOf(erin.userId), await stage.fencedUntil(erin.userId)];
    const back = await stage.signIn('erin');
    await stage.portal('logout', 'fail');
    expect((await stage.registerOwn(back, back.file)).status).toBe(409);
    await stage.portal('logout', 'none');
    await until('it is ended by a worker', () => !stage.isAlive(back.file), 60);
    await stage.settle();
    await stage.reconcile();
    tried('the cutoff of the denial moves on', stage.cutoffOf(erin.userId) !== before[0]);
    tried('the fence moves on', (await stage.fencedUntil(erin.userId)) !== before[1]);
  },
);

attack("revoking one's own token that is also registered for Alice does not deny Alice", async (tried) => {
  for (let round = 0; round < 10; round += 1) {
    const [alice, own] = [await stage.signIn(`alice-${round}`), await stage.signIn(`mallory-${round}`)];
    await stage.registerOwn(own, own.file);
    await stage.registerAs(own, alice.userId, own.file);
    const { accessToken } = own.file;
    await stage.call('POST', '/revocations', { accessToken, userId: own.userId, reason: 'left' });
    await stage.reconcile();
    tried(`${alice.userName} is denied`, stage.isDenied(alice.userId));
    tried(`${own.userName} is not denied`, !stage.isDenied(own.userId));
    tried(`${own.userName} is alive`, stage.isAlive(own.file));
  }
});
