import type { OrganizationsClientConfig } from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { clientConfig } from '../clients.ts';

type Credentials = NonNullable<OrganizationsClientConfig['credentials']>;

/**
 * Credentials of a role in another account. The SDK asks for new ones before they expire.
 *
 * @throws the SDK's error if the role cannot be assumed
 */
export function assumedRole(roleArn: string): Credentials {
  const sts = new STSClient(clientConfig);
  return async () => {
    const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'deny-list-reconciler' });
    const { Credentials: issued } = await sts.send(command);
    return {
      accessKeyId: issued?.AccessKeyId ?? '',
      secretAccessKey: issued?.SecretAccessKey ?? '',
      ...(issued?.SessionToken && { sessionToken: issued.SessionToken }),
      ...(issued?.Expiration && { expiration: issued.Expiration }),
    };
  };
}
