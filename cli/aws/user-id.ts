import { USER_ID } from '../../lambda/domain/ids.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, nameOf } from '../failure.ts';
import type { Credentials } from '../machine.ts';
import { clientSettings } from './client-settings.ts';

export interface DirectoryOptions {
  readonly region: string;
  readonly credentials: Credentials;
  /** If it is undefined, Identity Center is asked for it. */
  readonly identityStore: string | undefined;
}

/** Returns the id of a user. The routes about one user only accept an id, so a name is looked up in the identity store. @throws Failure */
export async function userIdOf(user: string, options: DirectoryOptions): Promise<string> {
  if (USER_ID.test(user)) return user.toLowerCase();
  try {
    return await lookedUp(user, options);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = nameOf(error);
    if (code === 'ResourceNotFoundException')
      throw new Failure(
        EXIT.notFound,
        'The identity store has no user of this name: check the spelling, or give the user id.',
      );
    const todo =
      'give the user id instead; or your role needs identitystore:GetUserId, and sso:ListInstances or --identity-store';
    throw new Failure(EXIT.refused, `The user name cannot be looked up (${code}): ${todo}.`, { code });
  }
}

async function lookedUp(
  userName: string,
  { region, credentials, identityStore }: DirectoryOptions,
): Promise<string> {
  const { IdentitystoreClient, GetUserIdCommand } = await import('@aws-sdk/client-identitystore');
  const IdentityStoreId = identityStore ?? (await storeOfInstance(region, credentials));
  const client = new IdentitystoreClient({ ...clientSettings(region), credentials });
  try {
    const UniqueAttribute = { AttributePath: 'userName', AttributeValue: userName };
    const AlternateIdentifier = { UniqueAttribute };
    const { UserId } = await client.send(new GetUserIdCommand({ IdentityStoreId, AlternateIdentifier }));
    return UserId ?? '';
  } finally {
    client.destroy();
  }
}

/** Returns the identity store of the only instance that this account sees. */
async function storeOfInstance(region: string, credentials: Credentials): Promise<string> {
  const { ListInstancesCommand, SSOAdminClient } = await import('@aws-sdk/client-sso-admin');
  const client = new SSOAdminClient({ ...clientSettings(region), credentials });
  try {
    const { Instances = [] } = await client.send(new ListInstancesCommand({}));
    const [only, ...others] = Instances;
    if (only?.IdentityStoreId && others.length === 0) return only.IdentityStoreId;
    throw new Failure(
      EXIT.usage,
      'This account does not see exactly one instance: give --identity-store d-….',
    );
  } finally {
    client.destroy();
  }
}
