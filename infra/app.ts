import { App, Duration } from 'aws-cdk-lib';
import { SessionRevocationStack } from './stack.ts';

const app = new App();

/** A `-c name=value` of the command line, or `"context"` in cdk.json. */
function setting(name: string): string | undefined {
  const value: unknown = app.node.tryGetContext(name);
  return value === undefined ? undefined : String(value);
}

function wholeNumber(name: string): number | undefined {
  const value = setting(name);
  if (value === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`-c ${name}=${value}: give a whole number above zero.`);
  return Number(value);
}

const portalRegion = setting('portalRegion');
const maxRoleSessionHours = wholeNumber('maxRoleSessionHours');
const recordRetentionDays = wholeNumber('recordRetentionDays');
const retryMode = setting('retryMode') ?? 'standard';
if (retryMode !== 'standard' && retryMode !== 'adaptive') {
  throw new Error(`-c retryMode=${retryMode}: give standard or adaptive.`);
}
const maxAttempts = wholeNumber('maxAttempts') ?? 3;
const jwtIssuer = setting('jwtIssuer');
const jwtAudience = setting('jwtAudience');
if ((jwtIssuer === undefined) !== (jwtAudience === undefined)) {
  throw new Error('A JWT authorizer needs both -c jwtIssuer=… and -c jwtAudience=….');
}

new SessionRevocationStack(app, setting('stackName') ?? 'SessionRevocation', {
  description: 'Ends IAM Identity Center sessions and records it',
  ...(portalRegion && { portalRegion }),
  ...(maxRoleSessionHours && { maxRoleSession: Duration.hours(maxRoleSessionHours) }),
  ...(recordRetentionDays && { recordRetention: Duration.days(recordRetentionDays) }),
  retry: { mode: retryMode, maxAttempts },
  ...(jwtIssuer && jwtAudience && { jwt: { issuer: jwtIssuer, audience: jwtAudience.split(',') } }),
});
