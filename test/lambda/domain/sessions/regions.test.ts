import type { LogoutFailed, Portal, SessionEnded, TokenService } from '../../../../lambda/domain/ports.ts';
import { revokeSession } from '../../../../lambda/domain/revoke/revoke-session.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { endSession, type Regions } from '../../../../lambda/domain/sessions/end-session.ts';
import {
  alreadyInvalid,
  ampleTime,
  failed,
  fakePortal,
  fakeWorld,
  loggedOut,
} from '../../../support/fakes.ts';
import { someRefresh } from '../../../support/registering.ts';

const { signal } = new AbortController();
const now = new Date('2026-01-01T12:00:00Z');
const [HOME, SECOND, OTHER] = ['eu-west-1', 'us-east-1', 'ap-south-1'] as const;

/** Portals and token services by Region. All other Regions answer 401, and refuse. */
function services(
  answers: Record<string, SessionEnded | LogoutFailed>,
  refreshes: Record<string, boolean> = {},
) {
  const asked: string[] = [];
  const portal: Portal = {
    ...fakePortal(),
    async logout(token, region) {
      asked.push(`${token.reveal()} in ${region}`);
      return answers[`${token.reveal()} in ${region}`] ?? alreadyInvalid;
    },
  };
  const tokenService: TokenService = {
    async refresh(_credentials, region) {
      asked.push(`refresh in ${region}`);
      if (!refreshes[region]) return { kind: 'refused', failure: { name: 'InvalidGrantException' } };
      return { kind: 'refreshed', accessToken: new Secret('fresh'), expiresInSeconds: 3600 };
    },
  };
  return { asked, portal, tokenService };
}

interface Case {
  name: string;
  said?: string;
  configured: Regions;
  answers: Record<string, SessionEnded | LogoutFailed>;
  asked: string[];
  result: object;
}

const ended = (outcome: string, attempts: number) => ({ kind: 'ended', outcome, attempts });
const notEnded = (why: string, attempts: number) => ({ kind: 'failed', why, attempts });

const cases: Case[] = [
  {
    name: 'no Region is said: the configured one',
    configured: [HOME],
    answers: { [`old in ${HOME}`]: loggedOut },
    asked: [`old in ${HOME}`],
    result: ended('LOGGED_OUT', 1),
  },
  {
    name: 'the said Region ends it: no other one is asked',
    said: SECOND,
    configured: [HOME, SECOND],
    answers: { [`old in ${SECOND}`]: loggedOut },
    asked: [`old in ${SECOND}`],
    result: ended('LOGGED_OUT', 1),
  },
  {
    name: 'a 401 of another Region than the configured one is not believed',
    said: OTHER,
    configured: [HOME],
    answers: { [`old in ${HOME}`]: loggedOut },
    asked: [`old in ${OTHER}`, `old in ${HOME}`],
    result: ended('LOGGED_OUT', 2),
  },
  {
    name: 'every configured Region is asked before it is taken for dead, each once',
    said: SECOND,
    configured: [HOME, SECOND, OTHER],
    answers: {},
    asked: [`old in ${SECOND}`, `old in ${HOME}`, `old in ${OTHER}`],
    result: ended('ALREADY_INVALID', 3),
  },
  {
    name: 'a Region that fails leaves open whether it is alive, though the others answer 401',
    configured: [HOME, SECOND, OTHER],
    answers: { [`old in ${SECOND}`]: failed('unavailable') },
    asked: [`old in ${HOME}`, `old in ${SECOND}`, `old in ${OTHER}`],
    result: notEnded('unavailable', 5),
  },
  {
    name: 'the first Region fails, the next one ends it',
    configured: [HOME, SECOND],
    answers: { [`old in ${HOME}`]: failed('throttled'), [`old in ${SECOND}`]: loggedOut },
    asked: [`old in ${HOME}`, `old in ${SECOND}`],
    result: ended('LOGGED_OUT', 4),
  },
  {
    name: 'a Region that does not exist is said, and the configured one ends it',
    said: OTHER,
    configured: [HOME],
    answers: { [`old in ${OTHER}`]: failed('unknown-region'), [`old in ${HOME}`]: loggedOut },
    asked: [`old in ${OTHER}`, `old in ${HOME}`],
    result: ended('LOGGED_OUT', 4),
  },
];

test.each(cases)('$name', async ({ said, configured, answers, asked, result }) => {
  const { asked: seen, ...ports } = services(answers);
  const deps = { clock: () => now, ...ports, portalRegions: configured };
  const session = { tokens: { accessToken: new Secret('old') }, region: said };
  expect(await endSession(deps, session, signal)).toMatchObject(result);
  expect(seen).toEqual(asked);
});

describe('a session with a refresh token', () => {
  const tokens = { accessToken: new Secret('old'), refresh: someRefresh() };
  const session = { tokens, region: OTHER, accessTokenExpiresAt: new Date(0) };
  const regions = { clock: () => now, portalRegions: [HOME, SECOND] as Regions };

  test('is refreshed in the Region that accepts the token, and logged out in each Region until one ends it', async () => {
    const { asked, ...ports } = services({ [`fresh in ${SECOND}`]: loggedOut }, { [HOME]: true });
    expect(await endSession({ ...regions, ...ports }, session, signal)).toMatchObject(ended('LOGGED_OUT', 3));
    expect(asked).toEqual([
      `refresh in ${OTHER}`,
      `refresh in ${HOME}`,
      `fresh in ${OTHER}`,
      `fresh in ${HOME}`,
      `fresh in ${SECOND}`,
    ]);
  });

  test('is tried in every Region with the access token if every Region refuses the refresh', async () => {
    const { asked, ...ports } = services({ [`old in ${SECOND}`]: loggedOut });
    expect(await endSession({ ...regions, ...ports }, session, signal)).toMatchObject(ended('LOGGED_OUT', 3));
    expect(asked.filter((each) => each.startsWith('refresh'))).toHaveLength(3);
    expect(asked.slice(3)).toEqual([`old in ${OTHER}`, `old in ${HOME}`, `old in ${SECOND}`]);
  });

  test.each([[new Date(0)], [new Date('2026-01-01T13:00:00Z')], [undefined]])(
    'never counts as dead before a Logout at each configured Region (access token until %j)',
    async (accessTokenExpiresAt) => {
      for (const refreshable of [{}, { [SECOND]: true }]) {
        const { asked, ...ports } = services({}, refreshable);
        const result = await endSession(
          { ...regions, ...ports },
          { ...session, accessTokenExpiresAt },
          signal,
        );
        expect(result).toMatchObject({ outcome: 'ALREADY_INVALID' });
        for (const region of [HOME, SECOND])
          expect(asked.join()).toMatch(new RegExp(`(old|fresh) in ${region}`));
        if (result.kind === 'ended') expect(result.attempts).toBeGreaterThanOrEqual(3);
      }
    },
  );
});

test('a session that is revoked with a wrong Region is recorded with the answer of its own Region', async () => {
  const { asked, ...ports } = services({ [`old in ${HOME}`]: loggedOut });
  const request = { accessToken: new Secret('old'), region: OTHER, requestedBy: 'x' };
  const { recorded } = await revokeSession({ ...fakeWorld(), ...ports }, request, ampleTime());
  expect(recorded).toMatchObject({ outcome: 'LOGGED_OUT', attempts: 2 });
  expect(asked).toEqual([`old in ${OTHER}`, `old in ${HOME}`]);
});
