import { App, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { RemovalEventForwardingStack } from './removal-event-forwarding.ts';
import { existing, jwt, logRetention, rates, roleSessions, throttle } from './setting-groups.ts';
import { given, readSettings } from './setting-reader.ts';
import { refusalOf, requireKnownSettings } from './settings.ts';
import { SessionRevocationStack } from './stack.ts';

// A stack trace would hide what the error says. The process must end here: the CDK would synthesize when nothing is left to do.
process.once('uncaughtException', (error) => {
  process.stderr.write(refusalOf(error) ?? `${error.stack}\n`);
  process.exit(1);
});

const app = new App();
requireKnownSettings(Object.keys(app.node.getAllContext()));

const settings = readSettings(app.node);
const { setting, wholeNumber, duration, isOn, list } = settings;

const stackName = setting('stackName') ?? 'SessionRevocation';

/** Adds the stack that forwards the events of its account and Region. */
function forwardEvents(eventBusArn: string): void {
  // The stack has a name of its own: otherwise a deployment with the wrong credentials would replace the stack that receives events.
  new RemovalEventForwardingStack(app, `${stackName}Forwarding`, {
    description: 'Forwards the events of removals to the stack that ends IAM Identity Center sessions',
    eventBusArn,
    ...given({
      identityStoreId: setting('identityStoreId'),
      instanceArn: setting('instanceArn'),
      encryptionKeyArn: setting('encryptionKeyArn'),
      alarmEmail: setting('alarmEmail'),
      alarmTopicArn: setting('alarmTopicArn'),
    }),
  });
}

function endSessions(): void {
  const organizationId = setting('registrarOrganizationId');
  new SessionRevocationStack(app, stackName, {
    description: 'Ends IAM Identity Center sessions and records it',
    ...rates(settings),
    ...given({
      portalRegion: setting('portalRegion'),
      portalRegions: list('portalRegions'),
      identityStoreId: setting('identityStoreId'),
      instanceArn: setting('instanceArn'),
      portalSession: duration('portalSessionMinutes', Duration.minutes),
      maxRoleSession: duration('maxRoleSessionHours', Duration.hours),
      maxSessionsPerUser: wholeNumber('maxSessionsPerUser'),
      signOutFence: duration('signOutFenceSeconds', Duration.seconds),
      workers: wholeNumber('workers'),
      eventSource: setting('eventSource'),
      eventAccounts: list('eventAccounts'),
      oktaEventBusName: setting('oktaEventBusName'),
      recordRetention: duration('recordRetentionDays', Duration.days),
      breakGlassUserIds: list('breakGlassUserIds'),
      roleSessions: roleSessions(settings),
      denyEndedAssignments: isOn('denyEndedAssignments'),
      removeAccess: isOn('removeAccess'),
      recordUserNames: isOn('recordUserNames'),
      // An unknown value is refused later: resolveKeptData names the property.
      removalPolicy: setting('removalPolicy') as RemovalPolicy | undefined,
      deletionProtection: isOn('deletionProtection'),
      existing: existing(settings),
      encryptionKeyArn: setting('encryptionKeyArn'),
      vpcId: setting('vpcId'),
      alarmEmail: setting('alarmEmail'),
      alarmTopicArn: setting('alarmTopicArn'),
      eventsTo: setting('eventsTo'),
      vpcSubnetIds: list('vpcSubnetIds'),
      domainName: setting('domainName'),
      certificateArn: setting('certificateArn'),
      disableExecuteApiEndpoint: isOn('disableExecuteApiEndpoint'),
      throttle: throttle(settings),
      logRetention: logRetention(settings),
      jwt: jwt(settings),
      registrarRole: organizationId === undefined ? undefined : { organizationId },
    }),
  });
}

const forwardTo = setting('forwardTo');
if (forwardTo === undefined) endSessions();
else forwardEvents(forwardTo);
