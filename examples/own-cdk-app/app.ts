import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { RemovalEventForwardingStack, SessionRevocation } from 'identity-center-revocation';
import { RevocationsInChat } from './chat.ts';
import { OffboardingWorkflow } from './offboarding-workflow.ts';

/** The stack is in the account of a delegated administrator. Events of removals arrive in the management account. */
const account = '111122223333';
const managementAccount = '999999999999';
const region = 'eu-west-1';
const identityStoreId = 'd-1234567890';

const app = new App();

/** A team's own stack, which contains the construct. */
const stack = new Stack(app, 'Offboarding', { env: { account, region } });

const revocation = new SessionRevocation(stack, 'SessionRevocation', {
  identityStoreId,
  portalRegions: [region],
  maxRoleSession: Duration.hours(4),
  // The stack sends events of its revocations to this event bus.
  eventsTo: 'default',
  // People whose permission sets are in other accounts register their own sessions with this role.
  registrarRole: { organizationId: 'o-a1b2c3d4e5' },
  // This address is notified of alarms. Its topic is encrypted.
  alarmEmail: 'on-call@example.com',
  // The events of these accounts are believed, and admitted to the event bus.
  eventAccounts: [managementAccount],
});

/** Deploy this stack with credentials of the management account. */
new RemovalEventForwardingStack(app, 'OffboardingForwarding', {
  env: { account: managementAccount, region },
  eventBusArn: `arn:aws:events:${region}:${account}:event-bus/default`,
  identityStoreId,
  // This stack has its own address, because another team may look after the management account.
  alarmEmail: 'organization@example.com',
});

/** The app adds its own action to each alarm, to page people. */
const pager = new SnsAction(Topic.fromTopicArn(stack, 'Pager', `arn:aws:sns:${region}:${account}:pager`));
for (const alarm of revocation.alarms) alarm.addAlarmAction(pager);

/**
 * Finds an existing role of this account. An ArnPrincipal would not do, because nothing can be added to its policies. The roles of
 * permission sets cannot be changed either: the README has the statement for them.
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
