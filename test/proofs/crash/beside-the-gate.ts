import { QueryCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { writeAll } from '../../../lambda/aws/dynamo.ts';
import { dynamoAccessRecords } from '../../../lambda/aws/records/access-records.ts';
import { dynamoRevocationReader } from '../../../lambda/aws/records/reader.ts';
import { dynamoRevocationRecords } from '../../../lambda/aws/records/records.ts';
import { dynamoDenyList } from '../../../lambda/aws/role-sessions/deny-list.ts';
import { EVERYONE, FENCE_PREFIX, JOBS, LEASE_PREFIX } from '../../../lambda/aws/token-cache/rows.ts';
import { type AccessItem, accessOf } from '../../../lambda/domain/access.ts';
import { headerOf, revokeUserJob } from '../../../lambda/domain/job.ts';
import { stackSealer } from '../../support/held-rows.ts';
import { dynamoAt, type RunningStack } from '../../support/running-stack.ts';

const HOUR = 3_600_000;
const LIFETIMES = { portalSessionSeconds: 8 * 3_600, maxRoleSessionSeconds: 12 * 3_600 };
const { signal } = new AbortController();

/** Access to the stored data of a stack that bypasses its gate. */
export function besideTheGate(endpoint: string, { stack, table }: RunningStack) {
  const client = dynamoAt(endpoint);
  const sealer = stackSealer(stack.emulator.url);
  const [tokenCache, records, denyList] = [table('TokenCache'), table('Records'), table('DenyList')];
  const denials = dynamoDenyList(client, denyList);
  const write = (rows: object[]) =>
    writeAll(
      client,
      tokenCache,
      rows.map((row) => ({ PutRequest: { Item: marshall(row) } })),
      signal,
    );
  const remove = (table: string, keys: object[]) =>
    writeAll(
      client,
      table,
      keys.map((key) => ({ DeleteRequest: { Key: marshall(key) } })),
      signal,
    );
  const partition = async (userId: string) => {
    const command = new QueryCommand({
      TableName: tokenCache,
      KeyConditionExpression: 'userId = :userId',
      ExpressionAttributeValues: marshall({ ':userId': userId }),
      ConsistentRead: true,
    });
    return ((await client.send(command)).Items ?? []).map((item) => unmarshall(item));
  };
  const fence = (userId: string) => partition(FENCE_PREFIX + userId);
  const lease = (userId: string) => partition(LEASE_PREFIX + userId);
  /** The leases of all users. */
  const leases = async () => {
    const { Items = [] } = await client.send(
      new ScanCommand({
        TableName: tokenCache,
        FilterExpression: 'begins_with(userId, :prefix)',
        ExpressionAttributeValues: marshall({ ':prefix': LEASE_PREFIX }),
        ConsistentRead: true,
      }),
    );
    return Items.map((item) => unmarshall(item));
  };
  const notes = async (userId: string) => {
    const noted = await Promise.all([JOBS, EVERYONE].map(partition));
    return noted.flat().filter(({ job }) => String(job).includes(userId));
  };
  const forgetDenials = async (userId: string) => {
    const denied = await denials.entriesOf(userId, signal);
    await remove(
      denyList,
      denied.map(({ revocationId }) => ({ userId, revocationId })),
    );
  };
  return {
    sealer,
    /** Puts rows into the token cache, as they are. */
    hold: write,
    /** The rows of a user's sessions. */
    held: partition,
    fence,
    /** The lease of a run that ends sessions of the user. */
    lease,
    /** Makes leases end so many milliseconds earlier. */
    async endLeases(millis: number) {
      const earlier = (heldUntil: string) => new Date(Date.parse(heldUntil) - millis).toISOString();
      const rows = await leases();
      await write(rows.map((row) => ({ ...row, heldUntil: earlier(row.heldUntil) })));
    },
    /** Ends the leases of all runs that change access: they have crashed, and the functions' clock does not move. */
    async endRuns() {
      const { Items = [] } = await client.send(
        new ScanCommand({
          TableName: records,
          FilterExpression: 'attribute_exists(accessRunUntil)',
          ConsistentRead: true,
        }),
      );
      for (const { revocationId, entry } of Items.map((item) => unmarshall(item)))
        await client.send(
          new UpdateItemCommand({
            TableName: records,
            Key: marshall({ revocationId, entry }),
            UpdateExpression: 'SET accessRunUntil = :over',
            ExpressionAttributeValues: marshall({ ':over': new Date(0).toISOString() }),
          }),
        );
    },
    /** Notes of jobs under way that name this user, or the revocation of everyone with this id. */
    notes,
    recorded: (revocationId: string) => dynamoRevocationReader(client, records).read(revocationId, signal),
    denials: (userId: string) => denials.entriesOf(userId, signal),
    /** Enters a denial of a deleted user by a revocation of some hours ago, as it would be recorded. */
    async deny(userId: string, revocationId: string) {
      const requestedAt = new Date(Date.now() - 2 * HOUR);
      const asked = { userId, revocationId, cause: 'deleted' as const, askedAt: requestedAt };
      await denials.enter({ ...asked, until: new Date(Date.now() + 18 * HOUR) }, signal);
      const job = revokeUserJob({ ...asked, requestedAt, source: 'event', requestedBy: 'an event' });
      await dynamoRevocationRecords(client, records, 1).putHeader(headerOf(job, LIFETIMES, 'asked'), signal);
    },
    /** Records the removal of a disabled user as it is after these grants were removed or left. */
    async takenAway(userId: string, revocationId: string, items: Omit<AccessItem, 'at'>[]) {
      const at = new Date();
      const job = revokeUserJob({
        userId,
        revocationId,
        cause: 'disabled',
        requestedAt: at,
        source: 'event',
        requestedBy: 'an event',
      });
      const all = items.map((item) => ({ ...item, at }));
      const access = accessOf(items.some(({ state }) => state === 'LEFT') ? 'INCOMPLETE' : 'COMPLETED', all);
      const header = { ...headerOf(job, LIFETIMES, 'asked'), removedAt: at, access };
      await dynamoRevocationRecords(client, records, 1).putHeader(header, signal);
      const grants = dynamoAccessRecords(client, records, 1);
      for (const item of all) await grants.putAccessItem(revocationId, item, signal);
    },
    /** Deletes what is left of a user. Otherwise it would fill the policies and scans of the next cases. */
    async forget(userId: string) {
      await forgetDenials(userId);
      const rows = await Promise.all([partition(userId), fence(userId), lease(userId), notes(userId)]);
      await remove(
        tokenCache,
        rows.flat().map((row) => ({ userId: row.userId, sessionId: row.sessionId })),
      );
    },
    forgetDenials,
    close() {
      client.destroy();
      sealer.close();
    },
  };
}
