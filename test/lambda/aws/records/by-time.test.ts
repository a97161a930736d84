import type { RevocationHeader } from '../../../../lambda/domain/revocation.ts';
import { engines, type Stores } from '../../../support/stores.ts';

const { signal } = new AbortController();
const day = (text: string) => new Date(`2026-02-${text}Z`);
const all = { from: day('01T00:00:00'), to: day('28T00:00:00') };

const headerOf = (name: string, requestedAt: Date): RevocationHeader => ({
  revocationId: `user.${name.padEnd(43, '0')}`,
  subject: { userId: name },
  source: 'http',
  requestedBy: 'x',
  requestedAt,
  denial: 'switched-off',
  portalSessionSeconds: 1,
  maxRoleSessionSeconds: 1,
});

describe.each(engines)('on $engine', ({ open }) => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await open();
    const made: [string, Date][] = [
      ['midnight', day('03T00:00:00')],
      ['before', day('02T23:59:59.999')],
      ['noon', day('03T12:00:00')],
      ['later', day('03T12:00:00.001')],
      ['weeks', day('20T08:00:00')],
    ];
    for (const [name, at] of made) await stores.records.putHeader(headerOf(name, at), signal);
    const everyone = { ...headerOf('everyone', day('04T00:00:00')), subject: { everyone: true as const } };
    await stores.records.putHeader(everyone, signal);
    const outcome = {
      sessionId: 's'.repeat(43),
      outcome: 'LOGGED_OUT' as const,
      at: day('03T12:00:00'),
      attempts: 1,
    };
    await stores.records.putOutcome(headerOf('noon', day('03T12:00:00')).revocationId, outcome, signal);
  }, 60_000);
  afterAll(() => stores.close());

  const names = (headers: RevocationHeader[]) =>
    headers.map(({ revocationId }) => revocationId.replace(/^user\.|0+$/g, ''));
  const listed = async (from: Date, to: Date) => {
    const { headers, next } = await stores.records.byTime({ from, to }, { limit: 25 }, signal);
    expect(next).toBeUndefined();
    return names(headers);
  };

  test('the revocations of a period come newest first, across days without any, for all users', async () => {
    expect(await listed(all.from, all.to)).toEqual([
      'weeks',
      'everyone',
      'later',
      'noon',
      'midnight',
      'before',
    ]);
  });

  test('the start of a period is included, and the end is not', async () => {
    expect(await listed(day('03T00:00:00'), day('03T12:00:00'))).toEqual(['midnight']);
    expect(await listed(day('02T23:59:59.999'), day('03T00:00:00'))).toEqual(['before']);
    expect(await listed(day('03T12:00:00.001'), day('04T00:00:00'))).toEqual(['later']);
    expect(await listed(day('05T00:00:00'), day('20T08:00:00'))).toEqual([]);
  });

  test.each([1, 2, 3, 5, 6])('with %i a page, each revocation is on exactly one page', async (limit) => {
    const seen: RevocationHeader[] = [];
    let cursor: string | undefined;
    do {
      const page = await stores.records.byTime(all, { limit, cursor }, signal);
      expect(page.headers.length).toBeLessThanOrEqual(limit);
      seen.push(...page.headers);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(names(seen)).toEqual(['weeks', 'everyone', 'later', 'noon', 'midnight', 'before']);
  });
});

describe('a cursor of DynamoDB', () => {
  const engine = engines.find((one) => one.engine === 'dynalite');
  const key = {
    revocationId: 'x',
    entry: 'REVOCATION',
    day: '2026-02-03',
    requestedAt: '2026-02-03T12:00:00.000Z',
  };
  test.each([
    ['that is none', 'x'],
    [
      'of another list',
      { userId: 'u', revocationId: 'x', entry: 'REVOCATION', requestedAt: key.requestedAt },
    ],
    ['of a later time', { ...key, day: '9999-01-01', requestedAt: '9999-01-01T00:00:00.000Z' }],
    ['of an earlier time', { ...key, day: '2026-01-31', requestedAt: '2026-01-31T00:00:00.000Z' }],
    ['whose day is not that of its time', { ...key, day: '2026-02-04' }],
    ['of an entry that is no header', { ...key, entry: 'KEY' }],
  ])('%s is refused', async (_name, made) => {
    const stores = await engine?.open();
    const cursor = typeof made === 'string' ? made : Buffer.from(JSON.stringify(made)).toString('base64url');
    try {
      await expect(stores?.records.byTime(all, { limit: 1, cursor }, signal)).rejects.toMatchObject({
        code: 'cursor-invalid',
      });
    } finally {
      await stores?.close();
    }
  });
});
