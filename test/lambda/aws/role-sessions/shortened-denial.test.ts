import { ALICE, BOB } from '../../../support/sessions.ts';
import { engines, type Stores } from '../../../support/stores.ts';

const { signal } = new AbortController();
const key = { userId: ALICE, revocationId: `user.${'r'.repeat(43)}` };
const [early, middle, late] = ['2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z', '2026-01-01T12:00:00Z'].map(
  (time) => new Date(time),
) as [Date, Date, Date];

describe.each(engines)('a shortened denial, on $engine', ({ open }) => {
  let stores: Stores;

  beforeAll(async () => {
    stores = await open();
  }, 30_000);
  afterAll(() => stores.close());

  const untilOf = async (userId: string) =>
    (await stores.denyList.entriesOf(userId, signal)).map(({ until }) => until);

  test('ends earlier, and stays so if the removal runs again', async () => {
    await stores.denyList.enter({ ...key, until: late }, signal);
    await stores.denyList.shorten({ ...key, until: middle }, signal);
    expect(await untilOf(ALICE)).toEqual([middle]);
    await stores.denyList.enter({ ...key, until: late }, signal);
    expect(await untilOf(ALICE)).toEqual([middle]);
    await stores.denyList.shorten({ ...key, until: early }, signal);
    expect(await untilOf(ALICE)).toEqual([early]);
  });

  test('cannot get longer by shortening, nor be created by it', async () => {
    const other = { ...key, userId: BOB };
    await stores.denyList.shorten({ ...other, until: early }, signal);
    expect(await untilOf(BOB)).toEqual([]);
    await stores.denyList.enter({ ...other, until: early }, signal);
    await stores.denyList.shorten({ ...other, until: late }, signal);
    expect(await untilOf(BOB)).toEqual([early]);
  });
});
