import fc from 'fast-check';
import type { Report } from '../../../lambda/domain/report.ts';
import { Secret } from '../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../lambda/domain/session.ts';
import { ALICE, BOB } from '../../support/sessions.ts';
import type { Json } from './fuzz.ts';

/** Reports that the sweep and the registering functions send. */
export const reports: fc.Arbitrary<Json> = fc.constantFrom<Report>(
  ...[ALICE, BOB].flatMap((userId): Report[] => [
    { kind: 'gone', userId, at: '2026-01-01T00:00:00.000Z' },
    { kind: 'back', userId },
    { kind: 'fenced', userId, sessionId: sessionIdOf(new Secret(userId === ALICE ? 'alice-1' : 'bob-1')) },
    { kind: 'fenced', userId, sessionId: 's'.repeat(43) },
  ]),
  { kind: 'stuck', of: 'user', revocationId: `user.${'r'.repeat(43)}` },
  { kind: 'stuck', of: 'everyone', revocationId: `everyone.${'e'.repeat(43)}` },
);
