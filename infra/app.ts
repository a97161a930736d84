import { App, Duration } from 'aws-cdk-lib';
import type { RoleSessionsProps } from './deny-list-props.ts';
import type { JwtProps } from './jwt.ts';
import { RemovalEventForwardingStack } from './removal-event-forwarding.ts';
import type { SessionRevocationProps } from './session-revocation-props.ts';
import { given, readSettings } from './setting-reader.ts';
import { requireKnownSettings } from './settings.ts';
import { SessionRevocationStack } from './stack.ts';

const app = new App();
requireKnownSettings(Object.keys(app.node.getAllContext()));

const { setting, wholeNumber, duration, isOn, list } = readSettings(app.node);

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

/** Who gets in by a JSON Web Token; nobody unless it is set. */
function jwt(): JwtProps | undefined {
  const [issuer, audience] = [setting('jwtIssuer'), list('jwtAudience')];
  const userNameClaim = setting('jwtUserNameClaim');
  if ((issuer === undefined) !== (audience === undefined)) {
    throw new Error('A JWT authorizer needs both -c jwtIssuer=… and -c jwtAudience=….');
  }
  if (issuer !== undefined && audience) return { issuer, audience, ...given({ userNameClaim }) };
  if (userNameClaim === undefined) return undefined;
  throw new Error(
    '-c jwtUserNameClaim=… is for a JWT authorizer: give -c jwtIssuer=… and -c jwtAudience=…, too.',
  );
}

/** Each of these two goes with the other, so what is not set has its default here. */
function rates(): Pick<SessionRevocationProps, 'retry' | 'logouts' | 'sweep'> {
  const mode = setting('retryMode') ?? 'standard';
  if (mode !== 'standard' && mode !== 'adaptive') {
    throw new Error(`-c retryMode=${mode}: give standard or adaptive.`);
  }
  return {
    retry: { mode, maxAttempts: wholeNumber('maxAttempts') ?? 3 },
    logouts: { perSecond: wholeNumber('logoutsPerSecond') ?? 20, atOnce: wholeNumber('logoutsAtOnce') ?? 10 },
    sweep: {
      every: duration('sweepMinutes', Duration.minutes) ?? Duration.minutes(15),
      directoryCallsPerSecond: wholeNumber('directoryCallsPerSecond') ?? 10,
    },
  };
}

const stackName = setting('stackName') ?? 'SessionRevocation';

/** For the account and the Region whose events are to be forwarded. */
function forwardEvents(eventBusArn: string): void {
  // A name of its own: with the other's, a deployment with the wrong credentials would replace the stack that takes the events.
  new RemovalEventForwardingStack(app, `${stackName}Forwarding`, {
    description: 'Forwards the events of removals to the stack that ends IAM Identity Center sessions',
    eventBusArn,
    ...given({ identityStoreId: setting('identityStoreId'), instanceArn: setting('instanceArn') }),
  });
}

function endSessions(): void {
  const organizationId = setting('registrarOrganizationId');
  new SessionRevocationStack(app, stackName, {
    description: 'Ends IAM Identity Center sessions and records it',
    ...rates(),
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
      jwt: jwt(),
      registrarRole: organizationId === undefined ? undefined : { organizationId },
    }),
  });
}

const forwardTo = setting('forwardTo');
if (forwardTo === undefined) endSessions();
else forwardEvents(forwardTo);
