import { Names, Stack } from 'aws-cdk-lib';
import { CfnEventBusPolicy } from 'aws-cdk-lib/aws-events';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AWS_SOURCES, CLOUDTRAIL, IDENTITY_STORE } from '../lambda/domain/detect/event-names.ts';

/**
 * Lets accounts forward AWS's events about removals to the default event bus, and nothing else. Without that limit, a principal
 * there could send a removal with the source of the company's own systems.
 */
export class ForwardedEvents extends Construct {
  constructor(scope: Construct, id: string, accounts: readonly string[]) {
    super(scope, id);
    const sid = Names.uniqueResourceName(this, { maxLength: 64, allowedSpecialCharacters: '-_' });
    const statement = new PolicyStatement({
      sid,
      principals: accounts.map((account) => new AccountPrincipal(account)),
      actions: ['events:PutEvents'],
      resources: [
        Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' }),
      ],
      conditions: {
        'ForAllValues:StringLike': { 'events:source': `${AWS_SOURCES.prefix}*` },
        'ForAllValues:StringEquals': {
          'events:detail-type': [...CLOUDTRAIL.detailTypes, ...Object.keys(IDENTITY_STORE.detailTypes)],
        },
        // ForAllValues also matches if the call has no value, so both values are required.
        Null: { 'events:source': 'false', 'events:detail-type': 'false' },
      },
    });
    new CfnEventBusPolicy(this, 'Policy', { statementId: sid, statement: statement.toStatementJson() });
  }
}
