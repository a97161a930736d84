import { Duration } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { RoleSessionsProps } from './deny-list-props.ts';
import type { ExistingData } from './existing-data.ts';
import type { JwtProps } from './jwt.ts';
import type { SessionRevocationProps } from './session-revocation-props.ts';
import { given, type SettingReader } from './setting-reader.ts';
import { type RouteThrottle, THROTTLED, type ThrottleProps } from './throttle.ts';

// Reads the properties that consist of several settings.

/** @returns the properties of the deny list; undefined if neither targets nor policies are set */
export function roleSessions({
  setting,
  list,
  wholeNumber,
  duration,
}: SettingReader): RoleSessionsProps | undefined {
  const [targets, policyIds] = [list('denyTargets'), list('denyPolicyIds')];
  const limits = given({
    policyCharacters: wholeNumber('policyCharacters'),
    reconcileEvery: duration('reconcileMinutes', Duration.minutes),
  });
  const [policies, roleArn] = [wholeNumber('denyPolicies'), setting('organizationsRoleArn')];
  if (targets && policyIds) throw new Error('Give -c denyTargets=… or -c denyPolicyIds=…, not both.');
  if (targets) return { targets, ...limits, ...given({ policies, roleArn }) };
  if (policyIds) return { policyIds, ...limits, ...given({ policies, roleArn }) };
  const ofDenyList = [
    'policyCharacters',
    'reconcileMinutes',
    'denyPolicies',
    'organizationsRoleArn',
  ] as const;
  const alone = ofDenyList.find((name) => setting(name) !== undefined);
  if (alone === undefined) return undefined;
  throw new Error(`-c ${alone}=… is for the deny list: give -c denyTargets=… or -c denyPolicyIds=…, too.`);
}

/** @returns the properties of the API for tokens; undefined if none of them is set */
export function jwt({ setting, list, isOn }: SettingReader): JwtProps | undefined {
  const [issuer, audience] = [setting('jwtIssuer'), list('jwtAudience')];
  const more = given({
    userNameClaim: setting('jwtUserNameClaim'),
    scopePrefix: setting('jwtScopePrefix'),
    rolesClaim: setting('jwtRolesClaim'),
    domainName: setting('jwtDomainName'),
    certificateArn: setting('jwtCertificateArn'),
    keepsFirstApi: isOn('jwtKeepsFirstApi'),
  });
  if ((issuer === undefined) !== (audience === undefined)) {
    throw new Error('The API for JSON Web Tokens needs both -c jwtIssuer=… and -c jwtAudience=….');
  }
  if (issuer !== undefined && audience) return { issuer, audience, ...more };
  const [alone] = Object.keys(more);
  if (alone === undefined) return undefined;
  const name = `jwt${alone.charAt(0).toUpperCase()}${alone.slice(1)}`;
  throw new Error(
    `-c ${name}=… is for the API for JSON Web Tokens: give -c jwtIssuer=… and -c jwtAudience=…, too.`,
  );
}

/** Each of these properties consists of several required values, so a setting that is missing gets its default here. */
export function rates({
  setting,
  wholeNumber,
  duration,
}: SettingReader): Pick<SessionRevocationProps, 'retry' | 'logouts' | 'sweep'> {
  const mode = setting('retryMode') ?? 'standard';
  if (mode !== 'standard' && mode !== 'adaptive') {
    throw new Error(`-c retryMode=${mode}: give standard or adaptive.`);
  }
  return {
    retry: { mode, maxAttempts: wholeNumber('maxAttempts') ?? 3 },
    logouts: {
      perSecond: wholeNumber('logoutsPerSecond') ?? 20,
      atOnce: wholeNumber('logoutsAtOnce') ?? 20,
      ...given({ maxPerSecond: wholeNumber('maxLogoutsPerSecond') }),
    },
    sweep: {
      every: duration('sweepMinutes', Duration.minutes) ?? Duration.minutes(15),
      directoryCallsPerSecond: wholeNumber('directoryCallsPerSecond') ?? 10,
    },
  };
}

/** Reads `kind:rate/burst`, comma-separated. ThrottleProps documents the kinds of routes, and resolveThrottle checks the limits. */
export function throttle({ list }: SettingReader): ThrottleProps | undefined {
  const limits = list('throttle')?.map((limit): [string, RouteThrottle] => {
    const [, kind, rateLimit, burstLimit] = /^(\w+):(\d+(?:\.\d+)?)\/(\d+)$/.exec(limit) ?? [];
    if (kind !== undefined && THROTTLED.includes(kind)) {
      return [kind, { rateLimit: Number(rateLimit), burstLimit: Number(burstLimit) }];
    }
    throw new Error(
      `-c throttle=${limit}: give kinds of routes with their requests a second and at once, such as register:100/200. The kinds are ${THROTTLED.join(', ')}.`,
    );
  });
  return limits && Object.fromEntries(limits);
}

/** Reads a number of days. CloudWatch Logs only accepts the values of the CDK's enum. */
export function logRetention({ wholeNumber }: SettingReader): RetentionDays | undefined {
  const days = wholeNumber('logRetentionDays');
  if (days === undefined || days in RetentionDays) return days;
  const possible = Object.values(RetentionDays).filter((value) => typeof value === 'number');
  throw new Error(
    `-c logRetentionDays=${days}: give one of ${possible.join(', ')} (9999 keeps logs for ever).`,
  );
}

/** @returns tables and key of an earlier stack; undefined if none of them is set */
export function existing({ setting }: SettingReader): ExistingData | undefined {
  const keyArn = setting('existingKeyArn');
  const tokenCacheTableArn = setting('existingTokenCacheTableArn');
  const revocationsTableArn = setting('existingRevocationsTableArn');
  const denyListTableArn = setting('existingDenyListTableArn');
  const arns = [keyArn, tokenCacheTableArn, revocationsTableArn, denyListTableArn];
  if (arns.every((arn) => arn === undefined)) return undefined;
  if (keyArn === undefined || tokenCacheTableArn === undefined || revocationsTableArn === undefined) {
    throw new Error(
      'Of an earlier stack, give -c existingTokenCacheTableArn=…, -c existingRevocationsTableArn=… and -c existingKeyArn=… together.',
    );
  }
  return { keyArn, tokenCacheTableArn, revocationsTableArn, ...given({ denyListTableArn }) };
}
