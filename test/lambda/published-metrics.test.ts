import type { AccessRemoved } from '../../lambda/domain/access/remove-access.ts';
import type { Processed } from '../../lambda/domain/detect/process-message.ts';
import type { ReportProcessed } from '../../lambda/domain/detect/process-report.ts';
import type { EndedProcessed } from '../../lambda/domain/ended-assignments/process-ended.ts';
import { DomainError } from '../../lambda/domain/errors.ts';
import type { Portal } from '../../lambda/domain/ports.ts';
import { SOURCES } from '../../lambda/domain/revocation.ts';
import { Secret } from '../../lambda/domain/secret.ts';
import type { RevocationOver } from '../../lambda/domain/watch.ts';
import { METRICS, type PublishedMetric } from '../../lambda/metrics.ts';
import { asRehearsal } from '../../lambda/rehearsal.ts';
import { count, countEach, measurePercent, measureSeconds, metrics } from '../../lambda/shell/telemetry.ts';
import { userNames, watch } from '../../lambda/wiring/parts.ts';
import { watched } from '../../lambda/wiring/watched-portal.ts';
import { failed } from '../support/fakes.ts';
import { captureWritten } from '../support/written.ts';

const written = captureWritten();
afterEach(() => metrics.clearMetrics());

/** The counts of this test, by name. */
function published(): Record<string, unknown> {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  const {
    _aws,
    service,
    function: _,
    ...values
  } = Object.assign({}, ...written.objects().filter((line) => '_aws' in line));
  return values;
}

/** The metrics of a function whose names have this prefix. */
function namesOf(service: string, prefix: string): string[] {
  const all: [string, PublishedMetric][] = Object.entries(METRICS);
  return all
    .filter(([name, { by }]) => by.includes(service) && name.startsWith(prefix))
    .map(([name]) => name);
}

// Because of `Record`, tsc reports a kind that is missing here, and one that no message can have.
const KINDS: { [service: string]: object } = {
  work: {
    revoked: 1,
    continued: 1,
    'not-ended': 1,
    waiting: 1,
    lifted: 1,
    ignored: 1,
    nobody: 1,
    'fanned-out': 1,
    confirmed: 1,
  } satisfies Record<(Processed | ReportProcessed)['kind'], 1>,
  'remove-access': {
    'access-removed': 1,
    continued: 1,
    'not-ended': 1,
    waiting: 1,
  } satisfies Record<AccessRemoved['kind'], 1>,
  'end-assignments': {
    ignored: 1,
    denied: 1,
    removed: 1,
    lifted: 1,
    waiting: 1,
    kept: 1,
    'still-ended': 1,
    'still-assigned': 1,
    'no-permission-set': 1,
  } satisfies Record<EndedProcessed['kind'], 1>,
};

test.each(Object.entries(KINDS))(
  'the list has a metric for each way in which a message of %s can end',
  (service, kinds) => {
    const names = [...Object.keys(kinds), 'failed'].map((kind) => `Message:${kind}`);
    expect(namesOf(service, 'Message:').sort()).toEqual(names.sort());
  },
);

test('zeros and rehearsals publish nothing, and other values are published with their unit', () => {
  countEach('Sweep', { usersGone: 0, stuck: 2 });
  count('AccessLeft', 0);
  asRehearsal(() => {
    count('AccessLeft');
    countEach('Sweep', { usersGone: 7 });
    measureSeconds('SecondsToEnd:event', 7);
    measurePercent('DenyList:percentFull', 7);
    watch.over({ ...over, source: 'http', status: 'FAILED' });
  });
  measureSeconds('SecondsToEnd:http', 1.5);
  measurePercent('Sweep:coverage', 0);
  expect(published()).toEqual({ 'Sweep:stuck': 2, 'SecondsToEnd:http': 1.5, 'Sweep:coverage': 0 });
  const units = written.objects().flatMap((line) => Object(line._aws).CloudWatchMetrics ?? []);
  expect(units[0].Metrics).toEqual([
    { Name: 'Sweep:stuck', Unit: 'Count' },
    { Name: 'SecondsToEnd:http', Unit: 'Seconds' },
    { Name: 'Sweep:coverage', Unit: 'Percent' },
  ]);
});

const over = {
  revocationId: 'user.x',
  userId: 'u',
  requestedAt: new Date('2026-01-01T00:00:00Z'),
  at: new Date('2026-01-01T00:01:30Z'),
};

const STATUSES: RevocationOver['status'][] = ['COMPLETED', 'NOTHING_HELD', 'FAILED'];
const overs = SOURCES.flatMap((source) => STATUSES.map((status) => ({ source, status })));

test.each(overs)(
  'a finished revocation is counted by source and status, and timed if it ended sessions: %j',
  ({ source, status }) => {
    watch.over({ ...over, source, status });
    const seconds = status === 'COMPLETED' && { [`SecondsToEnd:${source}`]: 90 };
    expect(published()).toEqual({ [`Revocation:${source}:${status}`]: 1, ...seconds });
    expect(Object.keys(METRICS)).toEqual(expect.arrayContaining(Object.keys(published())));
  },
);

test('a record without the name of its user is counted, and logged without the user', async () => {
  const userOf = () => Promise.reject(new DomainError('directory-unavailable', 'canary'));
  const names = userNames({ RECORD_USER_NAMES: 'true' }, { tokenCache: undefined, directory: { userOf } });
  const asked = { revocationId: 'user.x', directory: true };
  expect(await names?.of('a-user-id', asked, new AbortController().signal)).toBeUndefined();
  expect(published()).toEqual({ UserNameNotRecorded: 1 });
  expect(written.all()).toContain('"error":"directory-unavailable"');
  expect(written.all()).not.toMatch(/canary|a-user-id/);
});

test('a stack that does not record user names has nobody who looks them up', () => {
  expect(userNames({}, { tokenCache: undefined, directory: undefined })).toBeUndefined();
});

describe('the portal', () => {
  const token = new Secret('canary-0123456789');
  const answering = (why: Parameters<typeof failed>[0]): Portal => ({
    logout: async () => failed(why),
    accepts: async () => failed(why),
  });

  test.each([
    ['unavailable', { PortalFailed: [1, 1] }],
    ['throttled', { PortalThrottled: [1, 1] }],
    ['malformed-token', {}],
    ['unknown-region', {}],
  ] as const)('is counted for each call that was answered by %s as %j', async (why, counts) => {
    const { logout, accepts } = watched(answering(why));
    const { signal } = new AbortController();
    expect(await logout(token, 'eu-west-1', signal)).toEqual(failed(why));
    expect(await accepts(token, 'eu-west-1', signal)).toEqual(failed(why));
    expect(published()).toEqual(counts);
  });

  test('gets the turns of the pace', async () => {
    const logout = jest.fn(answering('throttled').logout);
    const turns = { next: async () => () => {} };
    const { signal } = new AbortController();
    await watched({ ...answering('throttled'), logout }).logout(token, 'eu-west-1', signal, turns);
    expect(logout).toHaveBeenCalledWith(token, 'eu-west-1', signal, turns);
  });

  test('is not counted for a call that this function aborted', async () => {
    await watched(answering('unavailable')).logout(token, 'eu-west-1', AbortSignal.abort());
    expect(published()).toEqual({});
  });

  test('is not counted for a call that succeeds', async () => {
    const works: Portal = {
      logout: async () => ({ kind: 'ended', outcome: 'LOGGED_OUT', attempts: 1 }),
      accepts: async () => ({ kind: 'accepted' }),
    };
    const { signal } = new AbortController();
    await watched(works).logout(token, 'eu-west-1', signal);
    await watched(works).accepts(token, 'eu-west-1', signal);
    expect(published()).toEqual({});
  });

  test('may still throw', async () => {
    const portal = {
      ...answering('throttled'),
      logout: () => Promise.reject(new DomainError('queue-unavailable', 'x')),
    };
    await expect(watched(portal).logout(token, 'eu-west-1', new AbortController().signal)).rejects.toThrow(
      'x',
    );
  });
});
