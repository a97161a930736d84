import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Where jest's global set-up puts the synthesized stack; apart from cdk.out, which a running `npm start` uses. */
export const assembly = join(root, 'cdk.out.test');

/** Switches on what is optional. */
const everything = {
  identityStoreId: 'd-0000000000',
  oktaEventBusName: 'aws.partner/okta.com/local/offboarding',
};

/** Synthesizes once for all test files: what they run and read is what deploys. */
export default function synthesize(): void {
  const settings = { ...everything, logoutsPerSecond: 400, logoutsAtOnce: 20 };
  const context = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  execFileSync(
    join(root, 'node_modules', '.bin', 'cdk'),
    ['synth', '--quiet', '--output', assembly, ...context],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
}
