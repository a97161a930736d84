import { clientSettings } from '../aws/client-settings.ts';
import { type Check, notKnown, ok, problem } from './finding.ts';

/** Checks whether the identity store of the stack belongs to an instance that this account sees in this Region. */
export const identityStore: Check = {
  name: 'identity store',
  async look({ region, credentials, identityStore: wanted }) {
    const { ListInstancesCommand, SSOAdminClient } = await import('@aws-sdk/client-sso-admin');
    const client = new SSOAdminClient({ ...clientSettings(region), credentials });
    const { Instances = [] } = await client.send(new ListInstancesCommand({}));
    const stores = Instances.flatMap(({ IdentityStoreId }) => IdentityStoreId ?? []);
    if (stores.length === 0)
      return problem(
        `this account sees no instance of Identity Center in ${region}`,
        'deploy into the primary Region, in the management account or the delegated administrator',
      );
    const found = stores.join(', ');
    if (!wanted)
      return notKnown(
        `the instance here has ${found}`,
        'give --identity-store as the stack was deployed with',
      );
    return stores.includes(wanted)
      ? ok(`${wanted} is that of the instance`)
      : problem(
          `${wanted} is not that of the instance, which is ${found}`,
          `deploy with -c identityStoreId=${stores[0]}`,
        );
  },
};
