import { clientSettings } from '../aws/client-settings.ts';
import { type Check, ok, problem, WITHOUT_STACK } from './finding.ts';

/** Checks whether somebody disabled a rule of the stack. */
export const rules: Check = {
  name: 'rules',
  async look({ region, credentials, outputs, resources }) {
    if (!outputs) return WITHOUT_STACK;
    const { DescribeRuleCommand, EventBridgeClient } = await import('@aws-sdk/client-eventbridge');
    const client = new EventBridgeClient({ ...clientSettings(region), credentials });
    const ids = await resources('AWS::Events::Rule');
    const found = await Promise.all(
      ids.map(async (id) => {
        // The id of a rule on another bus is `bus|name`.
        const [Name = '', EventBusName] = id.split('|').reverse();
        const { State } = await client.send(
          new DescribeRuleCommand({ Name, ...(EventBusName && { EventBusName }) }),
        );
        return { Name, State };
      }),
    );
    const off = found.filter(({ State }) => !State?.startsWith('ENABLED')).map(({ Name }) => Name);
    if (found.length === 0) return problem('the stack has no rule', 'check --stack');
    if (off.length > 0)
      return problem(
        `disabled: ${off.join(', ')}`,
        `aws events enable-rule --name ${off[0]} --region ${region}`,
      );
    return ok(`all ${found.length} are enabled`);
  },
};
