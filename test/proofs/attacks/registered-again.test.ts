import { until } from '../../support/running-stack.ts';
import { attack } from './attack.ts';
import { type Person, type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 30_000);
afterAll(() => stage.close());

const EXPIRED = '2020-01-01T00:00:00Z';

/** Files that a session's owner registers in place of the held one. */
const again: Record<string, (file: Person['file']) => object> = {
  'in another Region': (file) => ({ ...file, region: 'eu-west-1' }),
  'as expired, with a junk refresh token': (file) => ({ ...file, expiresAt: EXPIRED, refreshToken: 'junk' }),
  'with a junk refresh token': (file) => ({ ...file, refreshToken: 'junk' }),
  'without the refresh token': ({ refreshToken: _, ...file }) => file,
  'without the refresh token, soon to expire': ({ refreshToken: _, ...file }) => ({
    ...file,
    expiresAt: new Date(Date.now() + 5_000).toISOString(),
  }),
  'with another client registration': (file) => ({ ...file, clientId: 'other', clientSecret: 'other' }),
};
const later = { 'at once': 0, 'when the access token has expired': 61 };

attack("registering one's own session again does not let it outlive its revocation", async (tried) => {
  for (const [how, fileOf] of Object.entries(again)) {
    for (const [when, minutes] of Object.entries(later)) {
      const person = await stage.signIn(`${how} ${when}`.replaceAll(/\W/g, '-'));
      const { userId, file } = person;
      expect((await stage.registerOwn(person, file)).status).toBe(201);
      await stage.registerOwn(person, fileOf(file));
      await stage.registerFor(userId, fileOf(file));
      const [held] = await stage.held(userId);
      tried(`${how}: the session moves`, (held?.region ?? 'us-east-1') !== 'us-east-1');
      stage.pass(minutes);
      const { body } = await stage.call('POST', '/revocations', { userId, reason: 'left' });
      const untrue = body.status === 'COMPLETED' && stage.isAlive(file);
      tried(`${how}, revoked ${when}: ${body.status}, and alive`, untrue);
      if (!untrue) await until(`${how}: ended`, () => !stage.isAlive(file));
      tried(`${how}, ${when}: an outcome without a Logout`, await hasUntriedOutcome(body.revocationId));
    }
  }
});

async function hasUntriedOutcome(revocationId: string): Promise<boolean> {
  const { body } = await stage.call('GET', `/revocations/${revocationId}`);
  const outcomes: { outcome: string; attempts: number }[] = body.outcomes;
  return outcomes.some(({ outcome, attempts }) => outcome === 'ALREADY_INVALID' && attempts === 0);
}

attack(
  'a posted file that makes a live session look dead does not get it recorded as ended',
  async (tried) => {
    const files: Record<string, (file: Person['file']) => object> = {
      'refused client registration, said to be expired': (file) => ({
        ...file,
        clientSecret: 'over',
        expiresAt: EXPIRED,
      }),
      'junk refresh token, said to be expired': (file) => ({
        ...file,
        refreshToken: 'junk',
        expiresAt: EXPIRED,
      }),
      'another Region': (file) => ({ ...file, region: 'eu-west-1' }),
    };
    for (const [how, fileOf] of Object.entries(files)) {
      const { file } = await stage.signIn('posted');
      const { body } = await stage.call('POST', '/revocations', fileOf(file));
      tried(`${how}: ${body.status}, and alive`, body.status === 'COMPLETED' && stage.isAlive(file));
      tried(`${how}: an outcome without a Logout`, await hasUntriedOutcome(body.revocationId));
    }
  },
);
