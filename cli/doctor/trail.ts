import type { AdvancedFieldSelector, CloudTrailClient, Trail } from '@aws-sdk/client-cloudtrail';
import { clientSettings } from '../aws/client-settings.ts';
import { type Check, ok, problem } from './finding.ts';

/** Checks whether a trail logs management events here. Without one, EventBridge receives no events of API calls. */
export const trail: Check = {
  name: 'CloudTrail',
  async look({ region, credentials }) {
    const { CloudTrailClient: Client, DescribeTrailsCommand } = await import('@aws-sdk/client-cloudtrail');
    const client = new Client({ ...clientSettings(region), credentials });
    const { trailList = [] } = await client.send(new DescribeTrailsCommand({ includeShadowTrails: true }));
    for (const one of trailList)
      if (await logsManagementEvents(client, one)) {
        const scope = one.IsMultiRegionTrail ? 'all Regions' : `${one.HomeRegion}`;
        return ok(
          `trail ${one.Name} logs management events of ${scope}: removals reach EventBridge in ${region}`,
        );
      }
    return problem(
      `none of ${trailList.length} trails logs write management events in ${region}`,
      'create a trail with management events; until then, only the sweep finds removed users',
    );
  },
};

function hasValue(selectors: readonly AdvancedFieldSelector[], field: string, value: string): boolean {
  return selectors.some(({ Field, Equals = [] }) => Field === field && Equals.includes(value));
}

/** Removals are write events. */
async function logsManagementEvents(client: CloudTrailClient, { TrailARN: Name }: Trail): Promise<boolean> {
  const { GetEventSelectorsCommand, GetTrailStatusCommand } = await import('@aws-sdk/client-cloudtrail');
  const { IsLogging } = await client.send(new GetTrailStatusCommand({ Name }));
  if (!IsLogging) return false;
  const answer = await client.send(new GetEventSelectorsCommand({ TrailName: Name }));
  const { EventSelectors = [], AdvancedEventSelectors = [] } = answer;
  return (
    EventSelectors.some(
      ({ IncludeManagementEvents, ReadWriteType }) => IncludeManagementEvents && ReadWriteType !== 'ReadOnly',
    ) ||
    AdvancedEventSelectors.some(
      ({ FieldSelectors = [] }) =>
        hasValue(FieldSelectors, 'eventCategory', 'Management') &&
        !hasValue(FieldSelectors, 'readOnly', 'true'),
    )
  );
}
