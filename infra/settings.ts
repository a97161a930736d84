/**
 * The settings of the command line (`-c name=value`) and of `"context"` in cdk.json, each with the property that it sets.
 * docs/configuration.md is generated from this list and from the properties.
 */
export const PROPERTY_OF = {
  stackName: 'stackName',
  identityStoreId: 'identityStoreId',
  instanceArn: 'instanceArn',
  portalRegion: 'portalRegion',
  portalRegions: 'portalRegions',
  portalSessionMinutes: 'portalSession',
  maxRoleSessionHours: 'maxRoleSession',
  maxSessionsPerUser: 'maxSessionsPerUser',
  signOutFenceSeconds: 'signOutFence',
  logoutsPerSecond: 'logouts.perSecond',
  maxLogoutsPerSecond: 'logouts.maxPerSecond',
  logoutsAtOnce: 'logouts.atOnce',
  workers: 'workers',
  eventSource: 'eventSource',
  eventAccounts: 'eventAccounts',
  forwardTo: 'eventBusArn',
  oktaEventBusName: 'oktaEventBusName',
  sweepMinutes: 'sweep.every',
  directoryCallsPerSecond: 'sweep.directoryCallsPerSecond',
  recordRetentionDays: 'recordRetention',
  recordUserNames: 'recordUserNames',
  logRetentionDays: 'logRetention',
  throttle: 'throttle',
  retryMode: 'retry.mode',
  maxAttempts: 'retry.maxAttempts',
  jwtIssuer: 'jwt.issuer',
  jwtAudience: 'jwt.audience',
  jwtUserNameClaim: 'jwt.userNameClaim',
  jwtScopePrefix: 'jwt.scopePrefix',
  jwtRolesClaim: 'jwt.rolesClaim',
  jwtDomainName: 'jwt.domainName',
  jwtCertificateArn: 'jwt.certificateArn',
  jwtKeepsFirstApi: 'jwt.keepsFirstApi',
  registrarOrganizationId: 'registrarRole.organizationId',
  breakGlassUserIds: 'breakGlassUserIds',
  denyTargets: 'roleSessions.targets',
  denyPolicies: 'roleSessions.policies',
  denyPolicyIds: 'roleSessions.policyIds',
  organizationsRoleArn: 'roleSessions.roleArn',
  policyCharacters: 'roleSessions.policyCharacters',
  reconcileMinutes: 'roleSessions.reconcileEvery',
  denyEndedAssignments: 'denyEndedAssignments',
  removeAccess: 'removeAccess',
  encryptionKeyArn: 'encryptionKey',
  vpcId: 'vpc',
  vpcSubnetIds: 'vpcSubnets',
  domainName: 'domainName',
  certificateArn: 'certificateArn',
  disableExecuteApiEndpoint: 'disableExecuteApiEndpoint',
  removalPolicy: 'removalPolicy',
  deletionProtection: 'deletionProtection',
  existingTokenCacheTableArn: 'existing.tokenCacheTableArn',
  existingRevocationsTableArn: 'existing.revocationsTableArn',
  existingDenyListTableArn: 'existing.denyListTableArn',
  existingKeyArn: 'existing.keyArn',
  eventsTo: 'eventsTo',
  alarmEmail: 'alarmEmail',
  alarmTopicArn: 'alarmTopicArn',
} as const;

export type Setting = keyof typeof PROPERTY_OF;

export const SETTINGS = Object.keys(PROPERTY_OF) as Setting[];

/** Names of the CDK without a colon or a slash. Its other names have one, such as `@aws-cdk/core:newStyleStackSynthesis`. */
const OF_THE_CDK = ['cli-telemetry', 'assets-ecr-repository-name', 'acknowledged-issue-numbers'];

/**
 * @param names - all names in the context, the CDK's own included
 * @throws Error for an unknown name. Otherwise a misspelt setting would silently keep its default
 */
export function requireKnownSettings(names: readonly string[]): void {
  const known = new Set<string>([...SETTINGS, ...OF_THE_CDK]);
  const unknown = names.find((name) => !/[:/]/.test(name) && !known.has(name));
  if (unknown === undefined) return;
  const nearest = nearestTo(unknown);
  const help =
    nearest === undefined ? `The settings are ${SETTINGS.join(', ')}.` : `Did you mean ${nearest}?`;
  throw new Error(
    `There is no setting ${unknown} (-c ${unknown}=…, or "context" in cdk.json or ~/.cdk.json). ${help}`,
  );
}

/** The setting whose name is the most similar, if less than half of its letters differ. */
function nearestTo(name: string): Setting | undefined {
  const [nearest] = SETTINGS.map((setting) => ({
    setting,
    changes: changesBetween(name.toLowerCase(), setting.toLowerCase()),
  })).sort((one, other) => one.changes - other.changes);
  return nearest && nearest.changes * 2 < nearest.setting.length ? nearest.setting : undefined;
}

/** The Levenshtein distance, row by row: how many letters to insert, remove or replace. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [done, letter] of [...from].entries()) {
    const next = [done + 1];
    for (const [index, other] of [...to].entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Which command prints a value, or which page says where it is. */
const SOURCES: Partial<Record<Setting, string>> = {
  denyTargets: '`aws organizations list-roots` prints the id of the root',
  denyPolicyIds: '`aws organizations list-policies --filter SERVICE_CONTROL_POLICY` prints the ids',
  organizationsRoleArn: 'docs/deployment.md § Policies in another account says how to create it',
  breakGlassUserIds: '`aws identitystore list-users --identity-store-id …` prints the ids',
  eventAccounts: '`aws organizations describe-organization` prints the id of the management account',
  oktaEventBusName: '`aws events list-event-buses --name-prefix aws.partner/` prints the names',
  alarmTopicArn: '`aws sns list-topics` prints the ARNs',
  certificateArn: '`aws acm list-certificates` prints the ARNs',
  jwtCertificateArn: '`aws acm list-certificates` prints the ARNs',
  encryptionKeyArn: '`aws kms list-keys` prints the ARNs',
  vpcId: '`aws ec2 describe-vpcs` prints the ids',
  vpcSubnetIds: '`aws ec2 describe-subnets` prints the ids',
  forwardTo: 'it is the output EventBusArn of the stack that has eventAccounts',
  existingTokenCacheTableArn: 'it is the output TokenCacheTableArn of the earlier stack',
  existingRevocationsTableArn: 'it is the output RevocationsTableArn of the earlier stack',
  existingDenyListTableArn: 'it is the output DenyListTableArn of the earlier stack',
  existingKeyArn: 'it is the output TokenKeyArn of the earlier stack',
};

/**
 * What a refused setting is reported as: the error names the property of the construct, and whoever types `-c` may not know that
 * name, nor where to find the value.
 *
 * @returns undefined if the error is a bug, whose stack trace is needed
 */
export function refusalOf(error: unknown): string | undefined {
  // Checks of properties throw plain errors. A bug is a TypeError or the like, and the CDK's errors have names of their own.
  if (!(error instanceof Error) || error.name !== 'Error') return undefined;
  const { message } = error;
  const hints = SETTINGS.flatMap((setting) => {
    const property = PROPERTY_OF[setting];
    const isNamed = mentions(message, setting);
    if (!isNamed && !mentions(message, property)) return [];
    const alias = isNamed ? [] : [`${property} is -c ${setting}=… on the command line`];
    // Of settings that contradict each other, the values are known.
    const isSought = SOURCES[setting] !== undefined && /\b(must|needs?)\b/.test(message);
    const source = isSought ? [`${setting}: ${SOURCES[setting]}`] : [];
    return [...alias, ...source].map((hint) => `  ${hint}.`);
  });
  if (mentions(message, 'roleSessions'))
    hints.push('  roleSessions is -c denyTargets=… or -c denyPolicyIds=… on the command line.');
  return [message, ...hints, ''].join('\n');
}

/** Whether the name stands in the text, and not as a part of a longer one. */
function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}(?!\\w|\\.\\w)`).test(text);
}
