import { clientSettings } from '../aws/client-settings.ts';
import { type Check, ok } from './finding.ts';

/** Who calls, and whether AWS takes the credentials at all. */
export const caller: Check = {
  name: 'credentials',
  async look({ region, credentials }) {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
    const client = new STSClient({ ...clientSettings(region), credentials });
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    return ok(`you are ${Arn}, in ${region}`);
  },
};
