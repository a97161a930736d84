import { apiCallEvent, identityStoreEvent, oktaEvent, userRemovedEvent } from '../../support/events.ts';
import { until } from '../../support/running-stack.ts';
import { attack } from './attack.ts';
import { type Person, type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await startStage();
}, 30_000);
afterEach(() => stage.close());

const OTHER = { account: '999999999999', store: 'd-9999999999' };
const OKTA_BUS = 'aws.partner/okta.com/local/offboarding';

type Call = 'DeleteUser' | 'DisableUser' | 'EnableUser' | 'UpdateUser';

function call(name: Call, userId: string, identityStoreId = 'd-0000000000') {
  return apiCallEvent('sso-directory', name, { userId, identityStoreId });
}

/** Events that anybody can send who may put events on a bus of the account. */
const byCustomer: Record<string, (person: Person, name: Call) => object> = {
  "a call in CloudTrail's shape": ({ userId }, name) => ({ ...call(name, userId), source: 'my.app' }),
  "a service's event in CloudTrail's shape": ({ userId }, name) => ({
    ...call(name, userId),
    source: 'my.app',
    'detail-type': 'AWS Service Event via CloudTrail',
  }),
  'a source that looks like one of AWS': ({ userId }, name) => ({ ...call(name, userId), source: 'aws-sso' }),
  "an event of the identity store's own type": ({ userId }) => ({
    ...identityStoreEvent('User Deleted', { userId }),
    source: 'my.app',
  }),
  'our own type from another source': ({ userId }) => ({ ...userRemovedEvent({ userId }), source: 'my.app' }),
  "Okta's type on Okta's bus": ({ userName }) => ({ ...ofOkta(userName), source: 'my.app', bus: OKTA_BUS }),
  "Okta's type on the default bus": ({ userName }) => ({ ...ofOkta(userName), source: 'my.app' }),
};

/** Genuine events of AWS that concern others: forwarded from another account, or about another identity store. */
const aboutOthers: Record<string, (person: Person, name: Call) => object> = {
  'a call in another account': ({ userId }, name) => ({ ...call(name, userId), account: OTHER.account }),
  'a call to another identity store': ({ userId }, name) => call(name, userId, OTHER.store),
  'an event of the identity store in another account': ({ userId }) => ({
    ...identityStoreEvent('User Deleted', { userId }),
    account: OTHER.account,
  }),
  'an event of another identity store': ({ userId }) =>
    identityStoreEvent('User Deleted', { userId, identityStoreId: OTHER.store }),
  'an event of a user of another identity store': ({ userId }) => {
    const arn = `arn:aws:identitystore::000000000000:identitystore/${OTHER.store}/user/${userId}`;
    return identityStoreEvent('User Deleted', {}, [arn]);
  },
};

function ofOkta(alternateId: string) {
  return oktaEvent('user.lifecycle.deactivate', { target: [{ type: 'User', alternateId }] });
}

attack(
  'forged events that an enabled user was removed sign nobody out, fence nobody and deny nobody',
  async (tried) => {
    const all: [string, Person][] = [];
    const kinds = { ...byCustomer, ...aboutOthers };
    for (const [what, of] of Object.entries(kinds)) {
      for (const name of ['DeleteUser', 'DisableUser', 'UpdateUser'] as const) {
        const person = await stage.signIn(`victim-${all.length}`);
        expect((await stage.registerOwn(person, person.file)).status).toBe(201);
        const event = of(person, name);
        await stage.running.putEvents(event);
        all.push([`${what}, ${name}`, person]);
      }
    }
    // Also shows that events are delivered at all.
    const leaver = await stage.signIn('leaver');
    await stage.registerOwn(leaver, leaver.file);
    await stage.running.putEvents(call('DeleteUser', leaver.userId));
    await until('the real event is believed', () => !stage.isAlive(leaver.file));
    await stage.settle();
    await stage.reconcile();
    for (const [what, { userId, file }] of all) {
      tried(`${what}: signed out`, !stage.isAlive(file));
      tried(`${what}: fenced`, await stage.isFenced(userId));
      tried(`${what}: denied`, stage.isDenied(userId));
    }
  },
);

attack('forged events that a user whom HR removed is back lift neither denial nor fence', async (tried) => {
  const leaver = await stage.signIn('leaver');
  await stage.registerOwn(leaver, leaver.file);
  // The directory lags behind: the user is still enabled there.
  await stage.running.putEvents(userRemovedEvent({ userId: leaver.userId }));
  await until('the leaver is signed out', () => !stage.isAlive(leaver.file));
  await stage.settle();
  await stage.reconcile();
  expect([stage.isDenied(leaver.userId), await stage.isFenced(leaver.userId)]).toEqual([true, true]);
  for (const [what, of] of Object.entries({ ...byCustomer, ...aboutOthers })) {
    const event = of(leaver, 'EnableUser');
    if (!JSON.stringify(event).includes('EnableUser')) continue;
    await stage.running.putEvents(event);
    await stage.settle();
    await stage.reconcile();
    tried(`${what}: the denial is lifted`, !stage.isDenied(leaver.userId));
    tried(`${what}: the fence is down`, !(await stage.isFenced(leaver.userId)));
  }
});
