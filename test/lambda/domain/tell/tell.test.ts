import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { OutgoingEvent } from '../../../../lambda/domain/outgoing-event.ts';
import type { RevocationHeader } from '../../../../lambda/domain/revocation.ts';
import { type TellDeps, tell } from '../../../../lambda/domain/tell/tell.ts';
import { documentedSchemas, faultsOf } from '../../../support/event-schemas.ts';
import { ampleTime, fakeRecords } from '../../../support/fakes.ts';
import { ALICE } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const START = Date.UTC(2026, 0, 1);
const at = (minute: number) => new Date(START + minute * 60_000);
const ID = `user.${'r'.repeat(43)}`;
const SESSION = 's'.repeat(43);
const counts = { found: 1, loggedOut: 1, alreadyInvalid: 0, pending: 0, failed: 0 };
const schemas = documentedSchemas();

const header: RevocationHeader = {
  revocationId: ID,
  subject: { userId: ALICE },
  source: 'http',
  requestedBy: 'arn:aws:sts::111122223333:assumed-role/hr/secret-name',
  reason: 'secret-reason',
  requestedAt: at(0),
  portalSessionSeconds: 8 * 3_600,
  maxRoleSessionSeconds: 12 * 3_600,
  denial: 'asked',
};

async function given(change: Partial<RevocationHeader> = {}, isThere = true) {
  const records = fakeRecords();
  const recorded = { ...header, ...change };
  if (isThere) await records.putHeader(recorded, signal);
  const sent: OutgoingEvent[] = [];
  const deps: TellDeps = {
    clock: () => at(9),
    records,
    bus: { put: async (event) => void sent.push(event) },
  };
  const notice = (event: string, receiveCount = 1) =>
    tell(deps, JSON.stringify({ kind: 'tell', event, revocationId: recorded.revocationId }), ampleTime(), {
      receiveCount,
    });
  return { records, sent, deps, notice };
}

const denied = { deniedAt: at(1), deniedUntil: at(60), deniedIssuedBefore: at(0) };
const access = {
  status: 'INCOMPLETE' as const,
  assignments: { removed: 2, left: 0 },
  memberships: { removed: 1, left: 1 },
};

test.each<[string, Partial<RevocationHeader>, object]>([
  [
    'Revocation Completed',
    { completion: { at: at(2), sessions: counts } },
    { status: 'COMPLETED', completedAt: '2026-01-01T00:02:00.000Z', sessions: counts },
  ],
  [
    'Revocation Failed',
    { completion: { at: at(2), sessions: { ...counts, loggedOut: 0, failed: 1 } } },
    { failedAt: '2026-01-01T00:00:00.000Z', sessions: { ...counts, loggedOut: 0, failed: 1 } },
  ],
  [
    'Role Sessions Denied',
    { denied },
    {
      deniedAt: '2026-01-01T00:01:00.000Z',
      deniedUntil: '2026-01-01T01:00:00.000Z',
      deniedIssuedBefore: '2026-01-01T00:00:00.000Z',
    },
  ],
  ['Access Removed', { access }, access],
  [
    'Session Refused',
    { revocationId: SESSION, subject: { sessionId: SESSION, userId: ALICE }, denial: 'per-user' },
    { refusedAt: '2026-01-01T00:00:00.000Z' },
  ],
])(
  '%s is sent with the content of the record, as documented, and without names and reasons',
  async (...row) => {
    const [name, change, facts] = row;
    const { notice, sent } = await given(change);
    const revocationId = change.revocationId ?? ID;
    expect(await notice(name)).toEqual({ kind: 'told', revocationId, what: name });
    const known = { revocationId, userId: ALICE, source: 'http', requestedAt: '2026-01-01T00:00:00.000Z' };
    expect(sent).toEqual([{ name, detail: { eventId: expect.any(String), ...known, ...facts } }]);
    const schema = schemas.get(name);
    expect(schema && faultsOf(schema, sent[0]?.detail)).toEqual([]);
    expect(JSON.stringify(sent)).not.toContain('secret');
  },
);

test('an unknown user name is not sent', async () => {
  const { notice, sent } = await given({
    subject: { userName: 'secret-user' },
    error: 'user-not-found',
    denial: 'user-unknown',
  });
  await notice('Revocation Failed');
  expect(sent[0]?.detail).toMatchObject({ error: 'user-not-found', sessions: { found: 0 } });
  expect(sent[0]?.detail).not.toHaveProperty('userId');
  expect(JSON.stringify(sent)).not.toContain('secret');
});

test('the same notice twice sends the same event id, and another fact sends another', async () => {
  const { notice, sent, records } = await given();
  for (const until of [at(60), at(60), at(90)]) {
    await records.putDenied(ID, { ...denied, deniedUntil: until }, signal);
    await notice('Role Sessions Denied');
  }
  const [first, second, moved] = sent.map(({ detail }) => detail.eventId);
  expect(first).toBe(second);
  expect(moved).not.toBe(first);
});

test.each([
  ['there is no record', 'Revocation Completed', {}, false],
  ['the revocation is not complete', 'Revocation Completed', {}, true],
  [
    'it failed before and is being ended now',
    'Revocation Completed',
    { error: 'user-not-found' as const },
    true,
  ],
  ['nobody has given up', 'Revocation Failed', {}, true],
  ['the denial is not in place', 'Role Sessions Denied', {}, true],
  [
    'the denial was lifted',
    'Role Sessions Denied',
    { denied: { ...denied, notDenied: 'lifted' as const } },
    true,
  ],
  [
    'access is being taken away',
    'Access Removed',
    { access: { ...access, status: 'IN_PROGRESS' as const } },
    true,
  ],
  ['nothing of it is taken away', 'Access Removed', {}, true],
  ['the session was not refused', 'Session Refused', { revocationId: SESSION }, true],
])('while %s, the notice is retried, and dropped after two and a half minutes', async (...row) => {
  const [, name, change, isThere] = row;
  const { notice, sent } = await given(change, isThere);
  for (const receiveCount of [1, 5])
    expect(await notice(name, receiveCount)).toMatchObject({ kind: 'waiting' });
  expect(await notice(name, 6)).toMatchObject({ kind: 'ignored' });
  expect(sent).toEqual([]);
});

test('a notice of a failure is dropped at once if the revocation completed', async () => {
  const { notice, sent } = await given({ completion: { at: at(2), sessions: counts } });
  expect(await notice('Revocation Failed')).toMatchObject({ kind: 'ignored' });
  expect(sent).toEqual([]);
});

test('if the bus does not accept the event, the notice is retried', async () => {
  const { deps, notice } = await given({ denied });
  deps.bus.put = () => Promise.reject(new DomainError('events-unavailable', 'Throttled.'));
  await expect(notice('Role Sessions Denied', 12)).rejects.toMatchObject({ code: 'events-unavailable' });
});

test.each(['no JSON', '{}', '{"kind":"tell","event":"User Removed","revocationId":"x"}'])(
  'a message like %s is malformed',
  async (body) => {
    const { deps } = await given();
    await expect(tell(deps, body, ampleTime(), { receiveCount: 1 })).rejects.toMatchObject({
      code: 'message-malformed',
    });
  },
);
