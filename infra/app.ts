import { App, Duration } from 'aws-cdk-lib';
import type { RoleSessionsProps } from './deny-list-props.ts';
import { requireKnownSettings, type Setting } from './settings.ts';
import { SessionRevocationStack } from './stack.ts';

const app = new App();
requireKnownSettings(Object.keys(app.node.getAllContext()));

/** A `-c name=value` of the command line, or `"context"` in cdk.json. */
function setting(name: Setting): string | undefined {
  const value: unknown = app.node.tryGetContext(name);
  return value === undefined ? undefined : String(value);
}

function wholeNumber(name: Setting): number | undefined {
  const value = setting(name);
  if (value === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`-c ${name}=${value}: give a whole number above zero.`);
  return Number(value);
}

function duration(name: Setting, unit: (amount: number) => Duration): Duration | undefined {
  const amount = wholeNumber(name);
  return amount === undefined ? undefined : unit(amount);
}

function isOn(name: Setting): boolean | undefined {
  const value = setting(name);
  if (value === undefined) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new Error(`-c ${name}=${value}: give true or false.`);
}

function list(name: Setting): string[] | undefined {
  return setting(name)
    ?.split(',')
    .map((one) => one.trim());
}

/** What of the deny list is set; none when neither targets nor policies are. */
function roleSessions(): RoleSessionsProps | undefined {
  const [targets, policyIds] = [list('denyTargets'), list('denyPolicyIds')];
  const limits = given({
    policyCharacters: wholeNumber('policyCharacters'),
    reconcileEvery: duration('reconcileMinutes', Duration.minutes),
  });
  const [policies, roleArn] = [wholeNumber('denyPolicies'), setting('organizationsRoleArn')];
  if (targets && policyIds) throw new Error('Give -c denyTargets=… or -c denyPolicyIds=…, not both.');
  if (targets) return { targets, ...limits, ...given({ policies, roleArn }) };
  if (policyIds) return { policyIds, ...limits, ...given({ policies, roleArn }) };
  const [alone] = Object.keys({ ...limits, ...given({ policies, roleArn }) });
  if (alone === undefined) return undefined;
  throw new Error(`Setting ${alone} of the deny list needs -c denyTargets=… or -c denyPolicyIds=….`);
}

/** The properties that are set; what is undefined is left to its default. */
function given<T extends object>(props: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Object.fromEntries forgets which value belongs to which key.
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)) as never;
}

const retryMode = setting('retryMode') ?? 'standard';
if (retryMode !== 'standard' && retryMode !== 'adaptive') {
  throw new Error(`-c retryMode=${retryMode}: give standard or adaptive.`);
}
const jwtIssuer = setting('jwtIssuer');
const jwtAudience = list('jwtAudience');
if ((jwtIssuer === undefined) !== (jwtAudience === undefined)) {
  throw new Error('A JWT authorizer needs both -c jwtIssuer=… and -c jwtAudience=….');
}
const registrarOrganizationId = setting('registrarOrganizationId');
const jwtUserNameClaim = setting('jwtUserNameClaim');
if (jwtUserNameClaim !== undefined && jwtIssuer === undefined) {
  throw new Error(
    '-c jwtUserNameClaim=… is for a JWT authorizer: give -c jwtIssuer=… and -c jwtAudience=…, too.',
  );
}

new SessionRevocationStack(app, setting('stackName') ?? 'SessionRevocation', {
  description: 'Ends IAM Identity Center sessions and records it',
  retry: { mode: retryMode, maxAttempts: wholeNumber('maxAttempts') ?? 3 },
  logouts: { perSecond: wholeNumber('logoutsPerSecond') ?? 20, atOnce: wholeNumber('logoutsAtOnce') ?? 10 },
  sweep: {
    every: duration('sweepMinutes', Duration.minutes) ?? Duration.minutes(15),
    directoryCallsPerSecond: wholeNumber('directoryCallsPerSecond') ?? 10,
  },
  ...given({
    portalRegion: setting('portalRegion'),
    portalRegions: list('portalRegions'),
    identityStoreId: setting('identityStoreId'),
    instanceArn: setting('instanceArn'),
    portalSession: duration('portalSessionMinutes', Duration.minutes),
    maxRoleSession: duration('maxRoleSessionHours', Duration.hours),
    maxSessionsPerUser: wholeNumber('maxSessionsPerUser'),
    workers: wholeNumber('workers'),
    eventSource: setting('eventSource'),
    eventAccounts: list('eventAccounts'),
    oktaEventBusName: setting('oktaEventBusName'),
    recordRetention: duration('recordRetentionDays', Duration.days),
    breakGlassUserIds: list('breakGlassUserIds'),
    roleSessions: roleSessions(),
    denyEndedAssignments: isOn('denyEndedAssignments'),
    removeAccess: isOn('removeAccess'),
  }),
  ...(registrarOrganizationId !== undefined && {
    registrarRole: { organizationId: registrarOrganizationId },
  }),
  ...(jwtIssuer !== undefined &&
    jwtAudience !== undefined && {
      jwt: {
        issuer: jwtIssuer,
        audience: jwtAudience,
        ...given({ userNameClaim: jwtUserNameClaim }),
      },
    }),
});
