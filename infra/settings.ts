/** What the command line sets by `-c name=value`, and cdk.json in `"context"`. */
export const SETTINGS = [
  'stackName',
  'identityStoreId',
  'instanceArn',
  'portalRegion',
  'portalRegions',
  'portalSessionMinutes',
  'maxRoleSessionHours',
  'maxSessionsPerUser',
  'signOutFenceSeconds',
  'logoutsPerSecond',
  'maxLogoutsPerSecond',
  'logoutsAtOnce',
  'workers',
  'eventSource',
  'eventAccounts',
  'forwardTo',
  'oktaEventBusName',
  'sweepMinutes',
  'directoryCallsPerSecond',
  'recordRetentionDays',
  'logRetentionDays',
  'throttle',
  'retryMode',
  'maxAttempts',
  'jwtIssuer',
  'jwtAudience',
  'jwtUserNameClaim',
  'registrarOrganizationId',
  'breakGlassUserIds',
  'denyTargets',
  'denyPolicies',
  'denyPolicyIds',
  'organizationsRoleArn',
  'policyCharacters',
  'reconcileMinutes',
  'denyEndedAssignments',
  'removeAccess',
  'encryptionKeyArn',
  'vpcId',
  'vpcSubnetIds',
  'domainName',
  'certificateArn',
  'disableExecuteApiEndpoint',
  'removalPolicy',
  'deletionProtection',
  'existingTokenCacheTableArn',
  'existingRevocationsTableArn',
  'existingDenyListTableArn',
  'existingKeyArn',
  'eventsTo',
  'alarmEmail',
  'alarmTopicArn',
] as const;

export type Setting = (typeof SETTINGS)[number];

/** The CDK's own names. All others of its names have a colon or a slash in them, such as `@aws-cdk/core:newStyleStackSynthesis`. */
const OF_THE_CDK = ['cli-telemetry', 'assets-ecr-repository-name', 'acknowledged-issue-numbers'];

/**
 * @param names - all that the context has, the CDK's own too
 * @throws Error for one that is nobody's: a misspelt setting would leave its default in force, and nobody would know
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

/** The setting that takes the fewest changes, if these are fewer than half of its letters. */
function nearestTo(name: string): Setting | undefined {
  const [nearest] = SETTINGS.map((setting) => ({
    setting,
    changes: changesBetween(name.toLowerCase(), setting.toLowerCase()),
  })).sort((one, other) => one.changes - other.changes);
  return nearest && nearest.changes * 2 < nearest.setting.length ? nearest.setting : undefined;
}

/** Letters to insert, remove or replace: the Levenshtein distance, row by row. */
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
