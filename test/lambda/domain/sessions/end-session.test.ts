import type { LogoutFailed, Portal, RefreshResult, SessionEnded } from '../../../../lambda/domain/ports.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import type { SessionTokens } from '../../../../lambda/domain/session.ts';
import { endSession, type Regions } from '../../../../lambda/domain/sessions/end-session.ts';
import { alreadyInvalid, failed, fakePortal, fakeTokenService, loggedOut } from '../../../support/fakes.ts';

const now = new Date('2026-01-01T12:00:00Z');
const [expired, valid] = [new Date('2026-01-01T11:59:59Z'), new Date('2026-01-01T12:30:00Z')];
const refresh = {
  refreshToken: new Secret('refresh'),
  clientId: 'client',
  clientSecret: new Secret('secret'),
};
const refreshed: RefreshResult = {
  kind: 'refreshed',
  accessToken: new Secret('fresh'),
  expiresInSeconds: 3600,
};
const rotated: RefreshResult = { ...refreshed, refreshToken: new Secret('next refresh') };
const refused: RefreshResult = { kind: 'refused', failure: { name: 'InvalidGrantException' } };
const unanswered: RefreshResult = { kind: 'failed', failure: { name: 'TimeoutError' } };

interface Case {
  name: string;
  refreshable: boolean;
  expiresAt?: Date;
  answers: Record<string, SessionEnded | LogoutFailed>;
  refreshing?: RefreshResult;
  asked: string[];
  result: object;
  /** The refresh token stored before the new access token is used. */
  kept?: string[];
}

const cases: Case[] = [
  {
    name: 'a live token',
    refreshable: true,
    expiresAt: valid,
    answers: { old: loggedOut },
    refreshing: rotated,
    asked: ['old'],
    result: loggedOut,
  },
  {
    name: 'a dead token, nothing to refresh',
    refreshable: false,
    expiresAt: expired,
    answers: { old: alreadyInvalid },
    asked: ['old'],
    result: alreadyInvalid,
  },
  {
    name: 'an expired token, refreshed first',
    refreshable: true,
    expiresAt: expired,
    answers: { fresh: loggedOut },
    refreshing: refreshed,
    asked: ['fresh'],
    result: { outcome: 'LOGGED_OUT', attempts: 1 },
  },
  {
    name: 'a token that expires now, refreshed first',
    refreshable: true,
    expiresAt: now,
    answers: { fresh: loggedOut },
    refreshing: refreshed,
    asked: ['fresh'],
    result: { outcome: 'LOGGED_OUT', attempts: 1 },
  },
  {
    name: '401, then refreshed',
    refreshable: true,
    expiresAt: valid,
    answers: { old: alreadyInvalid, fresh: loggedOut },
    refreshing: refreshed,
    asked: ['old', 'fresh'],
    result: { outcome: 'LOGGED_OUT', attempts: 2 },
  },
  {
    name: '401 of unknown age, then refreshed',
    refreshable: true,
    answers: { old: alreadyInvalid, fresh: loggedOut },
    refreshing: refreshed,
    asked: ['old', 'fresh'],
    result: { outcome: 'LOGGED_OUT', attempts: 2 },
  },
  {
    name: '401, and refresh refused',
    refreshable: true,
    expiresAt: valid,
    answers: { old: alreadyInvalid },
    refreshing: refused,
    asked: ['old'],
    result: alreadyInvalid,
  },
  {
    name: 'expired, and refresh refused: the access token at hand is tried',
    refreshable: true,
    expiresAt: expired,
    answers: { old: alreadyInvalid },
    refreshing: refused,
    asked: ['old'],
    result: { outcome: 'ALREADY_INVALID', attempts: 1 },
  },
  {
    name: 'said to be expired, refresh refused, and alive all the same',
    refreshable: true,
    expiresAt: expired,
    answers: { old: loggedOut },
    refreshing: refused,
    asked: ['old'],
    result: { outcome: 'LOGGED_OUT', attempts: 1 },
  },
  {
    name: 'said to be expired, refresh refused, and the portal fails',
    refreshable: true,
    expiresAt: expired,
    answers: { old: failed('throttled') },
    refreshing: refused,
    asked: ['old'],
    result: failed('throttled'),
  },
  {
    name: '401, then refreshed, and 401 again',
    refreshable: true,
    expiresAt: valid,
    answers: { old: alreadyInvalid, fresh: alreadyInvalid },
    refreshing: refreshed,
    asked: ['old', 'fresh'],
    result: { outcome: 'ALREADY_INVALID', attempts: 2 },
  },
  {
    name: '401, and no answer to refresh',
    refreshable: true,
    expiresAt: valid,
    answers: { old: alreadyInvalid },
    refreshing: unanswered,
    asked: ['old'],
    result: { kind: 'failed', why: 'unavailable' },
  },
  {
    name: 'expired, and no answer to refresh',
    refreshable: true,
    expiresAt: expired,
    answers: {},
    refreshing: unanswered,
    asked: [],
    result: { kind: 'failed', why: 'unavailable' },
  },
  {
    name: 'the portal throttles',
    refreshable: true,
    expiresAt: valid,
    answers: { old: failed('throttled') },
    refreshing: rotated,
    asked: ['old'],
    result: failed('throttled'),
  },
  {
    name: 'the portal fails after the refresh',
    refreshable: true,
    expiresAt: expired,
    answers: { fresh: failed('unavailable') },
    refreshing: refreshed,
    asked: ['fresh'],
    result: failed('unavailable'),
  },
  {
    name: 'the portal fails after the refresh token was exchanged: what replaces it is kept',
    refreshable: true,
    expiresAt: expired,
    answers: { fresh: failed('unavailable') },
    refreshing: rotated,
    asked: ['fresh'],
    result: failed('unavailable'),
    kept: ['next refresh, fresh until 2026-01-01T13:00:00.000Z'],
  },
];

test.each(cases)(
  '$name',
  async ({ refreshable, expiresAt, answers, refreshing, asked, result, kept = [] }) => {
    const seen: string[] = [];
    const portal: Portal = {
      ...fakePortal(),
      async logout(token) {
        seen.push(token.reveal());
        return answers[token.reveal()] ?? failed('malformed-token');
      },
    };
    const tokens = { accessToken: new Secret('old'), ...(refreshable && { refresh }) };
    const portalRegions: Regions = ['eu-west-1'];
    const deps = { clock: () => now, portal, tokenService: fakeTokenService(refreshing), portalRegions };
    const seenAndKept: string[] = [];
    const session = {
      tokens,
      accessTokenExpiresAt: expiresAt,
      keep: async (next: SessionTokens, until: Date) => {
        const { accessToken, refresh: credentials } = next;
        expect(seen).not.toContain(accessToken.reveal());
        seenAndKept.push(
          `${credentials?.refreshToken.reveal()}, ${accessToken.reveal()} until ${until.toISOString()}`,
        );
      },
    };
    expect(await endSession(deps, session, new AbortController().signal)).toMatchObject(result);
    expect(seen).toEqual(asked);
    expect(seenAndKept).toEqual(kept);
  },
);
