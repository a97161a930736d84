import { join } from 'node:path';
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, type PolicyStatementProps, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { MetricName } from '../lambda/metrics.ts';
import { type DataEncryption, type KeyUse, keyUsesOf } from './data-encryption.ts';
import { type Network, networkStatements } from './network.ts';
import { packageRoot } from './package-root.ts';

/** The namespace of the metrics that the functions write into their logs. */
export const METRICS_NAMESPACE = 'IdentityCenterRevocation';

/**
 * The SDK's providers of credentials that are not in the environment. The bundles leave them out, because Lambda always puts the
 * role's credentials into the environment. They would be a fifth of each bundle, and a sixth of its load time.
 */
export const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/nested-clients',
  '@aws-sdk/token-providers',
  '@smithy/credential-provider-imds',
];

/** Lambda loads this file, and this file loads the bundle. */
const ENTRY = join(packageRoot, 'lambda', 'entry.mjs');
/** Copies the entry. Node.js does it, so that the command works in every shell. */
const COPY = `node -e "require('node:fs').copyFileSync(...process.argv.slice(1))"`;

/** API Gateway gives up on an HTTP API integration after 30 seconds: docs/facts.md § Callers of the HTTP API. */
const HTTP_TIMEOUT = Duration.seconds(29);

export interface ServiceFunctionProps {
  /** File in lambda/handlers, without its extension. */
  readonly handler: string;
  readonly description: string;
  /** @default 29 seconds: what API Gateway waits for */
  readonly timeout?: Duration;
  /**
   * Whether the function sends remaining work to a queue that it reads itself. Lambda's loop detection is then off.
   *
   * @default false: Lambda stops a loop after 16 hops
   */
  readonly continuesItself?: boolean;
  readonly logRetention: RetentionDays;
  /** The removal policy of its log. */
  readonly removalPolicy: RemovalPolicy;
  /** The company's key for its log, and for the tables and queues that it uses; undefined for keys of AWS. */
  readonly encryption: DataEncryption | undefined;
  /** The VPC that it runs in; undefined outside of any VPC. */
  readonly network: Network | undefined;
  /** How the SDK retries, in every client of the function. */
  readonly retry: { readonly mode: string; readonly maxAttempts: number };
}

/**
 * A Lambda function with a role and a log group of its own. At first, the role may only write to that log group, and use the VPC
 * if there is one. Every other permission comes from the `grant…` method of the construct that owns the resource.
 */
export class ServiceFunction extends NodejsFunction {
  /** The name of its handler. It is the dimension `service` of its metrics, and `service` in its log. */
  readonly service: string;
  readonly #encryption: DataEncryption | undefined;
  readonly #keyUses = new Set<KeyUse>();

  /** Its own role, always defined. The role of the CDK's class may be undefined, or belong to somebody else. */
  override readonly role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
      ...(props.encryption && { encryptionKey: props.encryption.key }),
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (props.network) for (const statement of networkStatements(scope)) role.addToPolicy(statement);
    super(scope, id, {
      entry: join(packageRoot, 'lambda', 'handlers', `${props.handler}.ts`),
      description: props.description,
      handler: 'entry.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: props.timeout ?? HTTP_TIMEOUT,
      ...(props.continuesItself && { recursiveLoop: RecursiveLoop.ALLOW }),
      role,
      ...props.network,
      logGroup,
      environment: {
        POWERTOOLS_SERVICE_NAME: props.handler,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        AWS_RETRY_MODE: props.retry.mode,
        AWS_MAX_ATTEMPTS: String(props.retry.maxAttempts),
      },
      // By default, the bundle would not contain the SDK, whose version would not be pinned, and would use CommonJS sources, which load
      // more slowly (docs/facts.md § Toolchain).
      bundling: {
        bundleAwsSDK: true,
        externalModules: OTHER_CREDENTIALS,
        minify: true,
        format: OutputFormat.CJS,
        mainFields: ['module', 'main'],
        target: 'node24',
        logLevel: LogLevel.WARNING,
        commandHooks: {
          beforeBundling: () => [],
          beforeInstall: () => [],
          afterBundling: (_input, output) => [`${COPY} "${ENTRY}" "${join(output, 'entry.mjs')}"`],
        },
      },
    });
    this.role = role;
    this.service = props.handler;
    this.#encryption = props.encryption;
  }

  /** A metric that the function writes into its log, by its name in the code. */
  counted(metricName: MetricName, statistic: string, period?: Duration): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { service: this.service, function: this.functionName },
      statistic,
      ...(period && { period }),
    });
  }

  /** Allows exactly these actions on exactly these resources. */
  allow(actions: string[], resources: string[], conditions?: PolicyStatementProps['conditions']): void {
    this.addToRolePolicy(new PolicyStatement({ actions, resources, ...(conditions && { conditions }) }));
    for (const use of keyUsesOf(actions)) this.useKeyTo(use);
  }

  /** Allows a use of the company's key, if there is one. */
  useKeyTo(use: KeyUse): void {
    if (!this.#encryption || this.#keyUses.has(use)) return;
    this.#keyUses.add(use);
    this.addToRolePolicy(this.#encryption.statementFor(this, use));
  }
}
