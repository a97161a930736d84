import { join } from 'node:path';
import { synthesize } from './template/synthesize.ts';

/** For the local run: with everything optional switched on. */
const EVERYTHING = {
  identityStoreId: 'd-0000000000',
  oktaEventBusName: 'aws.partner/okta.com/local/offboarding',
  instanceArn: 'arn:aws:sso:::instance/ssoins-0000000000000000',
  removeAccess: 'true',
  denyTargets: 'r-0000',
  denyEndedAssignments: 'true',
  registrarOrganizationId: 'o-local00000',
};

const output = join(import.meta.dirname, '..', 'cdk.local');
try {
  await synthesize({ output, settings: EVERYTHING, env: process.env, stdio: 'inherit' });
} catch {
  // The CDK has said why.
  process.exitCode = 1;
}
