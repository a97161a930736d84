import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { packageRoot } from './package-root.ts';

/** Seconds one invocation may take: API Gateway gives up on an HTTP API integration after 30. */
const TIMEOUT = Duration.seconds(29);

export interface ServiceFunctionProps {
  /** File in lambda/handlers, without its extension. */
  readonly handler: string;
  readonly description: string;
  readonly logRetention: RetentionDays;
}

/**
 * A Lambda function with a role and a log group of its own. The role starts with nothing but writing to that log
 * group; every other permission comes from the `grant…` method of the construct that owns the resource.
 */
export class ServiceFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      entry: join(packageRoot, 'lambda', 'handlers', `${props.handler}.ts`),
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: TIMEOUT,
      role,
      logGroup,
      environment: {
        POWERTOOLS_SERVICE_NAME: props.handler,
        POWERTOOLS_METRICS_NAMESPACE: 'IdentityCenterRevocation',
      },
      // The defaults would leave the SDK to the runtime and take CommonJS sources: slower to load and not pinned.
      bundling: {
        bundleAwsSDK: true,
        minify: true,
        format: OutputFormat.CJS,
        mainFields: ['module', 'main'],
        target: 'node24',
      },
    });
  }

  /** Allows exactly these actions on exactly these resources. */
  allow(actions: string[], resources: string[]): void {
    this.addToRolePolicy(new PolicyStatement({ actions, resources }));
  }
}
