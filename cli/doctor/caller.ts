import { clientSettings } from '../aws/client-settings.ts';
import { Failure, nameOf } from '../failure.ts';
import { type Check, ok, problem } from './finding.ts';

/** What AWS answers to credentials that are over, or never were any. */
const NOT_TAKEN = /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch)/;

/** Who calls, and whether AWS takes the credentials at all. */
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
        return problem(`AWS does not take them (${nameOf(error)})`, 'sign in again, or set AWS_PROFILE');
      throw error;
    }
  },
};
