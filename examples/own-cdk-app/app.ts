import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { RemovalEventForwardingStack, SessionRevocation } from 'identity-center-revocation';
import { RevocationsInChat } from './chat.ts';
import { OffboardingWorkflow } from './offboarding-workflow.ts';

/** The account of a delegated administrator, where the stack lives, and the management account, where events of removals arrive. */
const account = '111122223333';
const managementAccount = '999999999999';
const region = 'eu-west-1';
const identityStoreId = 'd-1234567890';

const app = new App();

/** A team's own stack with the construct in it: what it takes to let three roles of theirs call it. */
const stack = new Stack(app, 'Offboarding', { env: { account, region } });

const revocation = new SessionRevocation(stack, 'SessionRevocation', {
  identityStoreId,
  portalRegions: [region],
  maxRoleSession: Duration.hours(4),
  // Others are told what was revoked.
  eventsTo: 'default',
  // By which people whose permission sets are in other accounts register their own sessions.
  registrarRole: { organizationId: 'o-a1b2c3d4e5' },
  // Who is told of alarms. The topic for it is encrypted.
  alarmEmail: 'on-call@example.com',
  // Whose events are believed, and let onto the event bus.
  eventAccounts: [managementAccount],
});

/** To be deployed with credentials of the management account. */
new RemovalEventForwardingStack(app, 'OffboardingForwarding', {
  env: { account: managementAccount, region },
  eventBusArn: `arn:aws:events:${region}:${account}:event-bus/default`,
  identityStoreId,
  // An address in that account too: whoever looks after the management account may be somebody else.
  alarmEmail: 'organization@example.com',
});

/** What people are paged by, besides: an action of the app's own on each alarm. */
const pager = new SnsAction(Topic.fromTopicArn(stack, 'Pager', `arn:aws:sns:${region}:${account}:pager`));
for (const alarm of revocation.alarms) alarm.addAlarmAction(pager);

/**
 * Roles of this account that are there already. An ArnPrincipal would not do: nothing can be added to its policies. Nor can the
 * roles of permission sets be changed: their statement is in the README.
 */
const role = (name: string) => Role.fromRoleName(stack, name, name);
revocation.grantRevoke(role('offboarding-workflow'));
revocation.grantRead(role('auditor'));
revocation.grantRegisterForAnyone(role('sign-in-service'));
new CfnOutput(stack, 'RevocationApi', { value: revocation.apiUrl });
new CfnOutput(stack, 'RegistrarRole', { value: revocation.registrarRole?.roleArn ?? '' });

const { stateMachine } = new OffboardingWorkflow(stack, 'Workflow', revocation);
new CfnOutput(stack, 'OffboardingWorkflow', { value: stateMachine.stateMachineArn });

new RevocationsInChat(stack, 'Chat', { slackWorkspaceId: 'T0123456789', slackChannelId: 'C0123456789' });
