import { env } from 'node:process';
import { ENV } from '../../../lambda/env.ts';
import { directory } from '../../../lambda/wiring/parts.ts';
import { type Emulators, startEmulators } from '../../../local/emulators/server.ts';

const { signal } = new AbortController();
const signed: string[] = [];
let emulator: Emulators;

beforeAll(async () => {
  emulator = await startEmulators({ record: ({ authorization = '' }) => signed.push(authorization) });
  Object.assign(env, {
    AWS_ENDPOINT_URL_IDENTITYSTORE: emulator.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  });
});
afterAll(() => emulator.close());

test.each([
  ['the Region of the instance', { [ENV.instanceRegion]: 'eu-central-1' }, 'eu-central-1'],
  ['the Region of the function, if no other is told', {}, 'us-east-1'],
])('the identity store is called in %s', async (_, place, region) => {
  const store = directory({ [ENV.identityStoreId]: 'd-906791299c', ...place });
  await expect(store?.statusOf('0a1b2c3d-1111-4222-8333-444455556666', signal)).resolves.toBe('deleted');
  expect(signed.at(-1)).toContain(`/${region}/identitystore/aws4_request`);
});

test('without an identity store, there is no directory', () => {
  expect(directory({ [ENV.instanceRegion]: 'eu-central-1' })).toBeUndefined();
});
