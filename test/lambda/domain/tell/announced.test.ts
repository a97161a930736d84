import { removeAccess } from '../../../../lambda/domain/access/remove-access.ts';
import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import type { Notice } from '../../../../lambda/domain/notice.ts';
import type { NoticeQueue } from '../../../../lambda/domain/ports.ts';
import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { revokeSession } from '../../../../lambda/domain/revoke/revoke-session.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { reconcileDenyList } from '../../../../lambda/domain/role-sessions/reconcile-deny-list.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { userRemovedEvent } from '../../../support/events.ts';
import { fakeDenyList } from '../../../support/fake-deny-list.ts';
import { ampleTime, failed, fakeDirectory, fakePortal, fakeWorld } from '../../../support/fakes.ts';
import { aRegistration, registeringWorld } from '../../../support/registering.ts';
import { ALICE, hold, someJob } from '../../../support/sessions.ts';
import { job as accessJob, accessWorld, ample, firstTime, membership } from '../access/world.ts';

// Checks what is announced, and when: it must come before the step after which nothing would repeat it.

const { signal } = new AbortController();
const job = someJob();
const lastTime = { lastAttempt: true };
const EVERYONE = `everyone.${'e'.repeat(43)}`;

/** A queue that accepts notices, or is down. It writes what it did into `steps`. */
function noticesInto(steps: string[], isDown = false): NoticeQueue & { sent: Notice[] } {
  const sent: Notice[] = [];
  return {
    sent,
    async send(notices) {
      if (isDown) throw new DomainError('queue-unavailable', 'Down.');
      sent.push(...notices);
      steps.push(...notices.map(({ event }) => event));
    },
  };
}

const namesOf = ({ sent }: { sent: Notice[] }) => sent.map(({ event }) => event);

function world() {
  const steps: string[] = [];
  const made = { ...fakeWorld(), notices: noticesInto(steps) };
  const { noteDone } = made.tokenCache;
  made.tokenCache.noteDone = async (...args) => {
    steps.push('note deleted');
    return noteDone(...args);
  };
  return { steps, made };
}

describe('a revocation of a user', () => {
  test('is announced before its note is deleted, and again if a crash came between', async () => {
    const { steps, made } = world();
    await hold(made, ALICE, 'token');
    await revokeUser(made, job, ampleTime(), firstTime);
    await revokeUser(made, job, ampleTime(), firstTime);
    expect(steps).toEqual(['Revocation Completed', 'note deleted', 'Revocation Completed', 'note deleted']);
    expect(made.notices.sent[0]).toEqual({
      kind: 'tell',
      event: 'Revocation Completed',
      revocationId: job.revocationId,
    });
  });

  test('is not done if it cannot be announced: the note stays, and the job is retried', async () => {
    const { steps, made } = world();
    const run = revokeUser({ ...made, notices: noticesInto(steps, true) }, job, ampleTime(), firstTime);
    await expect(run).rejects.toMatchObject({ code: 'queue-unavailable' });
    expect(steps).toEqual([]);
  });

  test('is announced as failed if a session is finally rejected', async () => {
    const { made } = world();
    await hold(made, ALICE, 'token');
    await revokeUser({ ...made, portal: fakePortal(failed('malformed-token')) }, job, ampleTime(), firstTime);
    expect(namesOf(made.notices)).toEqual(['Revocation Failed']);
  });

  test('is announced as failed at its last attempt before a session is tried, because nothing would repeat it after a crash', async () => {
    const { steps, made } = world();
    await hold(made, ALICE, 'token');
    const portal = fakePortal(failed('throttled'));
    const { logout } = portal;
    portal.logout = async (...args) => {
      steps.push('Logout');
      return logout(...args);
    };
    await revokeUser({ ...made, portal }, job, ampleTime(), firstTime);
    expect(steps).toEqual(['Logout']);
    await revokeUser({ ...made, portal }, job, ampleTime(), lastTime);
    expect(steps).toEqual(['Logout', 'Revocation Failed', 'Logout']);
  });

  test('ends sessions at its last attempt even if it cannot be announced, and goes to the dead-letter queue', async () => {
    const { steps, made } = world();
    await hold(made, ALICE, 'token');
    const run = revokeUser({ ...made, notices: noticesInto(steps, true) }, job, ampleTime(), lastTime);
    await expect(run).rejects.toMatchObject({ code: 'queue-unavailable' });
    expect(made.cache.sessions).toEqual([]);
  });

  test('of one session under a fence also announces that the session was refused', async () => {
    const { made } = world();
    const [sessionId = ''] = await hold(made, ALICE, 'token');
    const fenced = someJob({ cause: 'fenced', sessionId, revocationId: sessionId });
    await revokeUser(made, fenced, ampleTime(), firstTime);
    expect(namesOf(made.notices)).toEqual(['Session Refused', 'Revocation Completed']);
  });

  test('announces only itself if it belongs to a revocation of everyone', async () => {
    const { made } = world();
    await revokeUser(made, someJob({ everyoneId: EVERYONE }), ampleTime(), firstTime);
    expect(made.notices.sent.map(({ revocationId }) => revocationId)).toEqual([job.revocationId]);
  });
});

describe('a revocation of a session by its token', () => {
  const request = { accessToken: new Secret('token'), requestedBy: 'test' };

  test('is announced in parallel with Logout, before it is recorded', async () => {
    const { steps, made } = world();
    const { putHeader } = made.records;
    made.records.putHeader = (...args) => {
      steps.push('header');
      return putHeader(...args);
    };
    await revokeSession(made, request, ampleTime());
    expect(steps).toEqual(['Revocation Completed', 'header']);
  });

  test('is ended and recorded even if it cannot be announced, and the caller is asked to repeat', async () => {
    const { steps, made } = world();
    const run = revokeSession({ ...made, notices: noticesInto(steps, true) }, request, ampleTime());
    await expect(run).rejects.toMatchObject({ code: 'record-incomplete' });
    const repeated = await revokeSession(made, request, ampleTime());
    expect(repeated.revocation).toMatchObject({ status: 'COMPLETED' });
    expect(steps).toEqual(['Revocation Completed']);
  });
});

test('a session registered under a fence is announced as refused', async () => {
  const notices = noticesInto([]);
  const directory = fakeDirectory({ [ALICE]: 'disabled' });
  const registering = { ...registeringWorld({ directory }), notices };
  await expect(registerSession(registering, aRegistration(), ampleTime())).rejects.toMatchObject({
    code: 'user-revoked',
  });
  expect(namesOf(notices)).toEqual(['Session Refused', 'Revocation Completed']);
});

test('a removal of an unknown user is announced as failed, each time its event is delivered', async () => {
  const { made } = world();
  const event = JSON.stringify({ ...userRemovedEvent({ userName: 'nobody' }), id: 'e' });
  for (let n = 0; n < 2; n += 1) await processMessage(made, event, ampleTime(), firstTime);
  expect(namesOf(made.notices)).toEqual(['Revocation Failed', 'Revocation Failed']);
});

describe('a denial', () => {
  async function reconciled(isDown: boolean) {
    const { records, clock } = fakeWorld();
    const { revocationId } = job;
    const list = fakeDenyList();
    const header = { revocationId, subject: { userId: ALICE }, source: 'http' as const, requestedBy: 'test' };
    const lifetimes = { portalSessionSeconds: 28_800, maxRoleSessionSeconds: 43_200 };
    const now = new Date(Date.UTC(2026, 0, 1));
    await records.putHeader({ ...header, ...lifetimes, requestedAt: now, denial: 'asked' }, signal);
    await list.enter({ userId: ALICE, revocationId, until: new Date(Date.UTC(2027, 0, 1)) }, signal);
    const deps = {
      ...{ clock, list, records, policyIds: ['p'], policyCharacters: 5_120, adopted: false },
      policies: { read: async () => '{}', write: async () => {} },
      reconciler: { wake: async () => {} },
      pause: async () => {},
    };
    const notices = noticesInto([], isDown);
    const { unsettled } = await reconcileDenyList({ ...deps, notices }, ampleTime());
    const { entries } = await list.entries(signal);
    return { names: namesOf(notices), unsettled, settled: entries[0]?.settled };
  }

  test('is announced once its record has it', async () => {
    expect(await reconciled(false)).toEqual({
      names: ['Role Sessions Denied'],
      unsettled: 0,
      settled: 'denied',
    });
  });

  test('is not settled if it cannot be announced, and the next run announces it', async () => {
    expect(await reconciled(true)).toEqual({ names: [], unsettled: 1, settled: undefined });
  });
});

test('removed access is announced, and again if the message is delivered again', async () => {
  const { deps } = await accessWorld([membership('g')]);
  const notices = noticesInto([]);
  for (let n = 0; n < 2; n += 1)
    await removeAccess({ ...deps, notices }, JSON.stringify(accessJob), ample(), firstTime);
  expect(namesOf(notices)).toEqual(['Access Removed', 'Access Removed']);
});

test('if access is kept because the user is back, nothing is announced', async () => {
  const directory = fakeDirectory({ [ALICE]: 'enabled' });
  const { deps } = await accessWorld([membership('g')], { directory });
  const notices = noticesInto([]);
  await removeAccess({ ...deps, notices }, JSON.stringify(accessJob), ample(), firstTime);
  expect(notices.sent).toEqual([]);
});
