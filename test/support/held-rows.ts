import { KMSClient } from '@aws-sdk/client-kms';
import { marshall } from '@aws-sdk/util-dynamodb';
import { writeAll } from '../../lambda/aws/dynamo.ts';
import { kmsSealer } from '../../lambda/aws/token-cache/cipher.ts';
import { toRow } from '../../lambda/aws/token-cache/rows.ts';
import { atMost } from '../../lambda/domain/pace.ts';
import type { Sealer } from '../../lambda/domain/ports.ts';
import { Secret } from '../../lambda/domain/secret.ts';
import type { TokenCacheFile } from '../../local/emulators/sign-in/sign-ins.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import { loadAssembly } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { resourcesOf } from '../../local/template/properties.ts';
import type { RunningStack } from './running-stack.ts';
import { assembly } from './synth.ts';

const REGION = 'us-east-1';
const HOUR = 3_600_000;
const { signal } = new AbortController();

/**
 * Seals with the key of the running stack.
 *
 * @param endpoint - of its emulated KMS
 * @param synthesized - what the stack runs; by default, what all tests use
 */
export function stackSealer(endpoint: string, synthesized = assembly): Sealer & { close(): void } {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const kms = new KMSClient({ endpoint, region: REGION, credentials });
  return { ...kmsSealer(kms, stackKeyId(synthesized)), close: () => kms.destroy() };
}

/**
 * The id of the key that the running stack seals with.
 *
 * @param synthesized - what the stack runs; by default, what all tests use
 */
export function stackKeyId(synthesized = assembly): string {
  const stack = loadAssembly(synthesized);
  const [key] = resourcesOf(stack, 'AWS::KMS::Key');
  return createResolver(stack, REGION).ref(key?.[0] ?? '');
}

/**
 * The row that registering writes for a session, registered two hours ago.
 *
 * @param accessTokenExpiresAt - in milliseconds since the epoch
 */
export async function heldRow(
  sealer: Sealer,
  userId: string,
  file: TokenCacheFile,
  accessTokenExpiresAt: number,
): Promise<object> {
  const now = Date.now();
  const row = { userId, sessionId: hashOf(file.accessToken) };
  return toRow({
    ...row,
    region: file.region,
    refreshable: true,
    confirmed: true,
    sealed: await sealer.seal(tokensOf(file), row, signal),
    registeredAt: new Date(now - 2 * HOUR),
    accessTokenExpiresAt: new Date(accessTokenExpiresAt),
    expiresAt: new Date(now + 6 * HOUR),
  });
}

function tokensOf({ accessToken, refreshToken, clientId, clientSecret }: TokenCacheFile) {
  const refresh = {
    refreshToken: new Secret(refreshToken),
    clientId,
    clientSecret: new Secret(clientSecret),
  };
  return { accessToken: new Secret(accessToken), refresh };
}

export interface Held {
  userId: string;
  file: TokenCacheFile;
}

/**
 * Signs in each of the names, and writes the rows that registering would write, in a tenth of the time.
 *
 * @param synthesized - what the stack runs; by default, what all tests use
 */
export async function holdSessions(
  { stack, dynamo, table }: RunningStack,
  userNames: string[],
  synthesized = assembly,
): Promise<Held[]> {
  const { emulator, users } = stack;
  const sealer = stackSealer(emulator.url, synthesized);
  const held = await atMost(10, userNames, async (userName) => {
    const file = emulator.signIns.signIn({ userName });
    const userId = users.find(userName)?.userId ?? '';
    const Item = marshall(await heldRow(sealer, userId, file, Date.parse(file.expiresAt)));
    return { userId, file, request: { PutRequest: { Item } } };
  });
  sealer.close();
  const requests = held.map(({ request }) => request);
  await writeAll(dynamo, table('TokenCache'), requests, signal);
  return held.map(({ userId, file }) => ({ userId, file }));
}
