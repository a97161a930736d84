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

/** Of the metrics that the functions write into their logs. */
export const METRICS_NAMESPACE = 'IdentityCenterRevocation';

/**
 * How the SDK would find credentials where the environment has none. Lambda's always has the role's; these are a fifth of each
 * bundle, and a sixth of the time that it takes to load.
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

/** What Lambda loads; it loads the bundle. */
const ENTRY = join(packageRoot, 'lambda', 'entry.mjs');
/** Copies the entry, in whatever shell the CDK runs. */
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
   * Whether it sends what is left of its work to a queue that it reads, so that Lambda must not take that for a mistake.
   *
   * @default false: Lambda stops it after 16 hops
   */
  readonly continuesItself?: boolean;
  readonly logRetention: RetentionDays;
  /** Of its log. */
  readonly removalPolicy: RemovalPolicy;
  /** Of its log, and of the tables and queues that it uses; absent for keys of AWS. */
  readonly encryption: DataEncryption | undefined;
  /** Where it runs; outside of any VPC where absent. */
  readonly network: Network | undefined;
  /** How the SDK retries, in every client of the function. */
  readonly retry: { readonly mode: string; readonly maxAttempts: number };
}

/**
 * A Lambda function with a role and a log group of its own. The role starts with nothing but writing to that log
 * group; every other permission comes from the `grant…` method of the construct that owns the resource.
 */
export class ServiceFunction extends NodejsFunction {
  /** Its handler, which is the dimension `service` of its metrics, and `service` in its log. */
  readonly service: string;
  readonly #encryption: DataEncryption | undefined;
  readonly #keyUses = new Set<KeyUse>();

  /** Its own; a function of the CDK may have none, or somebody else's. */
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
      // The defaults would leave the SDK to the runtime and take CommonJS sources: slower to load (docs/facts.md § Toolchain) and not pinned.
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

  /** Allows a use of the company's key, where there is such a key. */
  useKeyTo(use: KeyUse): void {
    if (!this.#encryption || this.#keyUses.has(use)) return;
    this.#keyUses.add(use);
    this.addToRolePolicy(this.#encryption.statementFor(this, use));
  }
}
