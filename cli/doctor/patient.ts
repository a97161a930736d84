import { clientSettings } from '../aws/client-settings.ts';
import { stackOutputs } from '../aws/stack-url.ts';
import type { Connection } from '../connection.ts';
import type { Patient } from './finding.ts';

/** What the checks look at: the API, and the stack if it is named. */
export async function patientOf(
  { calls, address, credentials }: Pick<Connection, 'calls' | 'address' | 'credentials'>,
  stack: string | undefined,
  identityStore: string | undefined,
): Promise<Patient> {
  const { region } = address;
  const outputs = stack === undefined ? undefined : await stackOutputs(stack, region, credentials);
  return {
    ...{ region, credentials, calls, outputs, identityStore },
    async resources(type) {
      const { CloudFormationClient, paginateListStackResources } = await import(
        '@aws-sdk/client-cloudformation'
      );
      const client = new CloudFormationClient({ ...clientSettings(region), credentials });
      const found: string[] = [];
      for await (const page of paginateListStackResources({ client }, { StackName: stack }))
        for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? [])
          if (ResourceType === type && PhysicalResourceId) found.push(PhysicalResourceId);
      return found;
    },
  };
}
