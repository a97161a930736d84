import type { Denial } from '../../../lambda/domain/deny-list.ts';
import { engines, type Stores } from '../../support/stores.ts';

const { signal } = new AbortController();
const at = (hour: number) => new Date(Date.UTC(2099, 0, 1, hour, 0, 0, 123));
const denial = (userId: string, more: Partial<Denial> = {}): Denial => ({
  userId,
  revocationId: 'r1',
  until: at(12),
  ...more,
});
const lifted = { at: at(1), by: 'arn:aws:sts::000000000000:assumed-role/operator/x' };

describe.each(engines)('the deny list, on $engine', ({ open }) => {
  let stores: Stores;

  beforeAll(async () => {
    stores = await open();
  }, 60_000);
  afterAll(() => stores.close());

  const only = async (userId: string) => {
    const [entry, ...others] = await stores.denyList.entriesOf(userId, signal);
    if (!entry || others.length > 0) throw new Error(`${userId} has not one entry.`);
    return entry;
  };

  test('what is entered is read back, a cutoff with its milliseconds', async () => {
    await stores.denyList.enter(denial('removed'), signal);
    await stores.denyList.enter(denial('signed-out', { issuedBefore: at(0) }), signal);
    expect(await only('removed')).toEqual(denial('removed'));
    expect(await only('signed-out')).toEqual(denial('signed-out', { issuedBefore: at(0) }));
  });

  test('each revocation of a user has an entry of its own', async () => {
    await stores.denyList.enter(denial('twice'), signal);
    await stores.denyList.enter(denial('twice', { revocationId: 'r2', issuedBefore: at(3) }), signal);
    const entries = await stores.denyList.entriesOf('twice', signal);
    expect(entries.map(({ revocationId }) => revocationId).sort()).toEqual(['r1', 'r2']);
  });

  test('an end is moved on, never back, and what was settled is to be settled again', async () => {
    const [early, late] = [at(12), at(13)].map((until) => denial('moved', { until, issuedBefore: until }));
    if (!early || !late) throw new Error();
    await stores.denyList.enter(early, signal);
    await stores.denyList.settle(await only('moved'), { settled: 'denied', deniedAt: at(1) }, signal);
    await stores.denyList.enter(early, signal);
    expect(await only('moved')).toEqual({ ...early, settled: 'denied', deniedAt: at(1) });
    await stores.denyList.enter(late, signal);
    expect(await only('moved')).toEqual({ ...late, deniedAt: at(1) });
    await stores.denyList.enter(early, signal);
    expect(await only('moved')).toEqual({ ...late, deniedAt: at(1) });
  });

  test('what is lifted stays lifted, by whom it was first, and is to be settled', async () => {
    await stores.denyList.enter(denial('lifted'), signal);
    await stores.denyList.settle(await only('lifted'), { settled: 'denied', deniedAt: at(1) }, signal);
    await stores.denyList.lift(await only('lifted'), lifted, signal);
    await stores.denyList.lift(await only('lifted'), { at: at(2), by: 'somebody else' }, signal);
    await stores.denyList.enter(denial('lifted', { until: at(20) }), signal);
    expect(await only('lifted')).toEqual({ ...denial('lifted'), lifted, deniedAt: at(1) });
  });

  test('nothing is lifted that is not there', async () => {
    await stores.denyList.lift(denial('nobody'), lifted, signal);
    expect(await stores.denyList.entriesOf('nobody', signal)).toEqual([]);
  });

  test('an entry that was changed since it was read is not settled', async () => {
    await stores.denyList.enter(denial('changed'), signal);
    const read = await only('changed');
    await stores.denyList.enter(denial('changed', { until: at(13) }), signal);
    await stores.denyList.settle(read, { settled: 'denied', deniedAt: at(1) }, signal);
    const moved = await only('changed');
    expect(moved.settled).toBeUndefined();
    await stores.denyList.lift(moved, lifted, signal);
    await stores.denyList.settle(moved, { settled: 'denied', deniedAt: at(1) }, signal);
    expect((await only('changed')).settled).toBeUndefined();
    await stores.denyList.settle(await only('changed'), { settled: 'lifted', deniedAt: undefined }, signal);
    expect((await only('changed')).settled).toBe('lifted');
  });

  test('the reconciler sees every entry, however many', async () => {
    const many = Array.from({ length: 300 }, (_, i) => denial(`many-${i}`, { revocationId: 'r'.repeat(43) }));
    await Promise.all(many.map((each) => stores.denyList.enter(each, signal)));
    const entries = await stores.denyList.entries(signal);
    const found = entries.filter(({ userId }) => userId.startsWith('many-'));
    expect(new Set(found.map(({ userId }) => userId)).size).toBe(300);
  });

  test('the record of a revocation says what became of its denial, once it has a header', async () => {
    const denied = { deniedAt: at(1), deniedUntil: at(12), notDenied: 'lifted', liftedBy: 'x' } as const;
    expect(await stores.records.putDenied('denied', denied, signal)).toBe(false);
    const header = {
      revocationId: 'denied',
      subject: { userId: 'u' },
      source: 'event',
      requestedBy: 'x',
      requestedAt: at(0),
      maxRoleSessionSeconds: 60,
      denial: 'asked',
    } as const;
    await stores.records.putHeader(header, signal);
    expect(await stores.records.putDenied('denied', denied, signal)).toBe(true);
    expect((await stores.records.read('denied', signal)).header).toEqual({ ...header, denied });
    await stores.records.putDenied('denied', { notDenied: 'no-room' }, signal);
    expect((await stores.records.read('denied', signal)).header?.denied).toEqual({ notDenied: 'no-room' });
    // A repetition of the revocation does not forget it.
    expect(await stores.records.putHeader(header, signal)).toEqual({
      ...header,
      denied: { notDenied: 'no-room' },
    });
  });
});
