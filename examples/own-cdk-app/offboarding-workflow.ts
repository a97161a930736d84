import { readFileSync } from 'node:fs';
import { Fn } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { SessionRevocation } from 'identity-center-revocation';

/**
 * A Step Functions workflow that signs a user out, waits until that is over, and fails if a session could not be ended. Start it
 * with the input `{"userId": "…", "reason": "…"}`. It needs an API with IAM authorization, at API Gateway's own address. Step
 * Functions cannot call an API with a JWT authorizer, or one at your own domain name.
 */
export class OffboardingWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, revocation: SessionRevocation) {
    super(scope, id);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      definitionBody: DefinitionBody.fromString(readFileSync('offboarding.asl.json', 'utf8')),
      // The parts of the address are `https:`, an empty text, and the host.
      definitionSubstitutions: { ApiHost: Fn.select(2, Fn.split('/', revocation.apiUrl)) },
      logs: { destination: new LogGroup(this, 'Logs'), level: LogLevel.ERROR },
      tracingEnabled: true,
    });
    revocation.grantRevoke(this.stateMachine.role);
    revocation.grantRead(this.stateMachine.role);
  }
}
