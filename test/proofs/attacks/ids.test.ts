import { roleCredentials, signed } from '../../support/callers.ts';
import { attack } from './attack.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 30_000);
afterAll(() => stage.close());

const KEY = 'OFFBOARDING-4711';

attack("if a key was used before, its owner's request is not taken for a repetition", async (tried) => {
  const bob = await stage.signIn('bob');
  const { userId } = bob;
  await stage.registerOwn(bob, bob.file);
  const asked = { 'idempotency-key': KEY };
  await stage.call('POST', '/revocations', { userId, reason: 'drill' }, asked);
  await stage.letFencePass(userId);
  const back = await stage.signIn('bob');
  expect((await stage.registerOwn(back, back.file)).status).toBe(201);
  const { status, body } = await stage.call('POST', '/revocations', { userId, reason: 'left' }, asked);
  tried(`answered ${status} ${body.status}, and alive`, status < 300 && stage.isAlive(back.file));
  tried('the real request has the reason of the drill', status < 300 && body.reason !== 'left');
});

attack(
  'the same request sent earlier by somebody else does not make the real request a repetition',
  async (tried) => {
    const [bob, mallory] = [await stage.signIn('ben'), await stage.signIn('mallory')];
    const { userId } = bob;
    const body = { userId, reason: 'left' };
    const asked = { 'idempotency-key': 'OFFBOARDING-4712' };
    const keys = await roleCredentials(stage.running.stack.emulator.url, mallory.file.accessToken);
    const before = await stage.call('POST', '/revocations', body, {
      ...asked,
      ...signed('execute-api', keys),
    });
    expect(before.status).toBe(200);
    await stage.letFencePass(userId);
    const back = await stage.signIn('ben');
    expect((await stage.registerOwn(back, back.file)).status).toBe(201);
    const real = await stage.call('POST', '/revocations', body, asked);
    tried('the real request is a repetition', real.body.revocationId === before.body.revocationId);
    tried(`answered ${real.status} ${real.body.status}, and alive`, stage.isAlive(back.file));
  },
);

/** Texts that ids are made of, or were in earlier versions. */
function textsFor(key: string, userId: string): string[] {
  const owner = 'arn:aws:sts::000000000000:assumed-role/local';
  const parts = [
    ['http', key, userId],
    [owner, key],
    ['key', owner, key],
    ['user', 'http', key, userId],
  ];
  return parts.map((each) => JSON.stringify(each));
}

attack(
  "a token whose text is what a later revocation's id is made of does not take that id",
  async (tried) => {
    for (const n of textsFor('', '').keys()) {
      const key = `OFFBOARDING-${n}`;
      const person = await stage.signIn(`person-${n}`);
      const { userId, file } = person;
      await stage.registerOwn(person, file);
      const accessToken = textsFor(key, userId)[n];
      const forged = await stage.call('POST', '/revocations', { accessToken, reason: 'forged' });
      const asked = { 'idempotency-key': key };
      const { status, body } = await stage.call('POST', '/revocations', { userId, reason: 'left' }, asked);
      tried(`${n}: the ids meet`, body.revocationId === forged.body.revocationId);
      tried(`${n}: answered ${status} with the forged reason`, body.reason === 'forged');
      tried(`${n}: the subject is a session`, 'sessionId' in Object(body.subject));
      tried(`${n}: the person is alive`, stage.isAlive(file));
    }
  },
);
