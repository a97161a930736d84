import {
  type AttributeDefinition,
  CreateTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { Assembly } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';

interface TableProperties {
  readonly KeySchema: KeySchemaElement[];
  readonly AttributeDefinitions: AttributeDefinition[];
  readonly GlobalSecondaryIndexes?: GlobalSecondaryIndex[];
}

/** Properties that change a table's behaviour, but are not implemented. Encryption, backups and tags do not change it. */
const UNSUPPORTED = ['LocalSecondaryIndexes', 'StreamSpecification', 'ImportSourceSpecification'];

/**
 * Creates the template's tables. A table that exists already is used as it is. TTL never deletes items here: dynalite has no
 * UpdateTimeToLive, and DynamoDB itself may take days to delete an item.
 *
 * @param credentials - Credentials for the endpoint; dynalite accepts any.
 * @returns the tables' physical names by logical id
 */
export async function createTables(
  assembly: Assembly,
  resolver: Resolver,
  endpoint: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<Record<string, string>> {
  const client = new DynamoDBClient({ endpoint, region: resolver.region, credentials });
  const tables = [...assembly.resources].filter(([, { Type }]) =>
    /^AWS::DynamoDB::(Global)?Table$/.test(Type),
  );
  try {
    const names = tables.map(async ([logicalId, { Properties }]): Promise<[string, string]> => {
      const unsupported = UNSUPPORTED.find((property) => property in Properties);
      if (unsupported)
        throw new Error(`${logicalId}: the local run does not support ${unsupported} of a table.`);
      const name = resolver.ref(logicalId);
      // CloudFormation's properties have the same shape as the API's.
      await createTable(client, name, resolver.resolve(Properties) as TableProperties);
      return [logicalId, name];
    });
    return Object.fromEntries(await Promise.all(names));
  } finally {
    client.destroy();
  }
}

async function createTable(client: DynamoDBClient, name: string, properties: TableProperties): Promise<void> {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = properties;
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        KeySchema,
        AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
        ...(GlobalSecondaryIndexes && {
          GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema: keys, Projection }) => {
            return { IndexName, KeySchema: keys, Projection };
          }),
        }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 1 }, { TableName: name });
}
