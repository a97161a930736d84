import { EXIT } from '../exit-codes.ts';
import { Failure, nameOf } from '../failure.ts';
import type { Credentials } from '../machine.ts';
import { clientSettings } from './client-settings.ts';

/** Returns the output `ApiUrl` of a stack. @throws Failure if CloudFormation does not return it */
export async function stackUrl(
  stack: string,
  region: string | undefined,
  credentials: Credentials,
): Promise<string> {
  const outputs = await stackOutputs(stack, region, credentials);
  const url = outputs.get('ApiUrl');
  if (url) return url;
  throw new Failure(
    EXIT.notFound,
    `Stack ${stack} has no output ApiUrl: is it the stack of the revocation API?`,
  );
}

/** Returns all outputs of a stack, by name. @throws Failure if CloudFormation does not return them */
export async function stackOutputs(
  stack: string,
  region: string | undefined,
  credentials: Credentials,
): Promise<Map<string, string>> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({ ...clientSettings(region), credentials });
  try {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = found?.Outputs ?? [];
    return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw refusedBy(stack, region, nameOf(error));
  } finally {
    client.destroy();
  }
}

function refusedBy(stack: string, region: string | undefined, code: string): Failure {
  // If the stack does not exist, CloudFormation answers with a ValidationError.
  if (code === 'ValidationError')
    return new Failure(
      EXIT.notFound,
      `There is no stack ${stack} in ${region ?? 'this Region'}: check --stack and --region.`,
    );
  const todo = 'your role needs cloudformation:DescribeStacks; or give --api instead of --stack';
  return new Failure(
    EXIT.refused,
    `CloudFormation does not return the outputs of stack ${stack} (${code}): ${todo}.`,
    { code },
  );
}
