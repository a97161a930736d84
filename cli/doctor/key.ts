import { clientSettings } from '../aws/client-settings.ts';
import { type Check, ok, problem, WITHOUT_STACK } from './finding.ts';

/** Checks whether tokens can be encrypted and decrypted. */
export const key: Check = {
  name: 'key',
  async look({ region, credentials, outputs }) {
    const KeyId = outputs?.get('TokenKeyArn');
    if (!KeyId) return WITHOUT_STACK;
    const { DescribeKeyCommand, KMSClient } = await import('@aws-sdk/client-kms');
    const client = new KMSClient({ ...clientSettings(region), credentials });
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    const state = KeyMetadata?.KeyState;
    if (state === 'Enabled') return ok('it is enabled');
    const todo =
      state === 'PendingDeletion'
        ? `aws kms cancel-key-deletion --key-id ${KeyId}`
        : `aws kms enable-key --key-id ${KeyId}`;
    return problem(`it is ${state}: nothing can be registered or ended`, todo);
  },
};
