import { clientSettings } from '../aws/client-settings.ts';
import { Failure, nameOf } from '../failure.ts';
import { type Check, ok, problem } from './finding.ts';

/** AWS's errors for credentials that have expired or are invalid. */
const NOT_TAKEN = /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch)/;

/** Checks who calls, and whether AWS accepts the credentials. */
export const caller: Check = {
  name: 'credentials',
  async look({ region, credentials }) {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
    const client = new STSClient({ ...clientSettings(region), credentials });
    try {
      const { Arn } = await client.send(new GetCallerIdentityCommand({}));
      return ok(`you are ${Arn}, in ${region}`);
    } catch (error) {
      if (error instanceof Failure) return problem('there are none', error.message);
      if (NOT_TAKEN.test(nameOf(error)))
        return problem(`AWS does not accept them (${nameOf(error)})`, 'sign in again, or set AWS_PROFILE');
      throw error;
    }
  },
};
