import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost } from '../../../lambda/domain/pace.ts';
import { hashOf } from '../../../local/ground/token-hash.ts';
import { userRemovedEvent } from '../../support/events.ts';
import { until } from '../../support/running-stack.ts';
import { everything, synthesizeTo } from '../../support/synth.ts';
import { attack } from './attack.ts';
import { inventedId, junkToken, type Stage, startStage } from './stage.ts';

/** The stack's default. The stack of the other tests holds more. */
const MOST_SESSIONS = 50;

let synthesized: string;
let stage: Stage;

beforeAll(async () => {
  synthesized = mkdtempSync(join(tmpdir(), 'junk-sessions-'));
  await synthesizeTo(synthesized, { ...everything, maxSessionsPerUser: MOST_SESSIONS });
}, 60_000);
afterAll(() => rmSync(synthesized, { recursive: true }));

beforeEach(async () => {
  stage = await startStage(synthesized);
}, 30_000);
afterEach(() => stage.close());

const FOR_EVER = '9999-12-31T23:59:59Z';
const times = <T>(count: number, of: () => T) => Array.from({ length: count }, of);

attack(
  'sessions of 140 invented users do not make the sweep treat them as removed, or lift a real denial',
  async (tried) => {
    const [leaver, mallory] = [await stage.signIn('leaver'), await stage.signIn('mallory')];
    await stage.registerOwn(leaver, leaver.file);
    await stage.running.putEvents(userRemovedEvent({ userId: leaver.userId }));
    await until('the leaver is signed out', () => !stage.isAlive(leaver.file));
    await stage.settle();
    await stage.reconcile();
    expect(stage.isDenied(leaver.userId)).toBe(true);

    const invented = times(140, inventedId);
    const file = { ...mallory.file, expiresAt: FOR_EVER };
    await atMost(10, invented, (userId) => stage.registerAs(mallory, userId, file));
    await stage.sweep();
    await stage.settle(60);
    await stage.reconcile();
    tried('a person who was removed is denied no more', !stage.isDenied(leaver.userId));
    for (const userId of invented) {
      tried(`${userId} is denied`, stage.isDenied(userId));
      tried(`${userId} is fenced`, await stage.isFenced(userId));
    }
  },
);

attack('sessions of 250 invented users cost the sweep no lookups', async (tried) => {
  const mallory = await stage.signIn('mallory');
  const file = { ...mallory.file, expiresAt: FOR_EVER };
  const invented = times(250, inventedId);
  await atMost(10, invented, (userId) => stage.registerAs(mallory, userId, file));
  const requests = () =>
    stage.requests('identitystore:DescribeUser') + stage.requests('identitystore:ListUsers');
  const before = requests();
  await stage.sweep();
  const asked = requests() - before;
  // Mallory's own session may be held, and the sweep and a worker may each look her up.
  tried(`the sweep makes ${asked} requests`, asked > 2);
});

attack(
  'of 400 junk sessions of a user, no more than the limit are held, and the real one waits for fewer',
  async (tried) => {
    const [bob, mallory] = [await stage.signIn('bob'), await stage.signIn('mallory')];
    await stage.registerOwn(bob, bob.file);
    await atMost(10, times(400, junkToken), (accessToken) =>
      stage.registerAs(mallory, bob.userId, { ...mallory.file, accessToken, expiresAt: FOR_EVER }),
    );
    const held = (await stage.held(bob.userId)).length;
    tried(`${held} sessions of one user are held`, held > MOST_SESSIONS);
    const before = stage.requests('logout');
    await stage.call('POST', '/revocations', { userId: bob.userId, reason: 'left' });
    await until('the real session is ended', () => !stage.isAlive(bob.file), 60);
    const { emulator } = stage.running.stack;
    const logouts = emulator.requests.filter(({ operation }) => operation === 'logout').slice(before);
    const own = logouts.findIndex(({ sessionId }) => sessionId === hashOf(bob.file.accessToken));
    tried(`the real session waits for ${own} others`, own >= MOST_SESSIONS);
  },
);

attack(
  '120 real sign-ins of one user, ten at a time, leave at most ten more sessions held than the limit',
  async (tried) => {
    const atOnce = 10;
    const own = await Promise.all(times(120, () => stage.signIn('mallory')));
    await atMost(atOnce, own, (person) => stage.registerOwn(person, person.file));
    const [{ userId = '' } = {}] = own;
    const held = (await stage.held(userId)).length;
    tried(`${held} sessions of one user are held`, held > MOST_SESSIONS + atOnce);
  },
);
