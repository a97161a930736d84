import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Where jest's global set-up puts the synthesized stack; apart from cdk.out, which a running `npm start` uses. */
export const assembly = join(root, 'cdk.out.test');

/** Synthesizes once for all test files: what they run and read is what deploys. */
export default function synthesize(): void {
  execFileSync(join(root, 'node_modules', '.bin', 'cdk'), ['synth', '--quiet', '--output', assembly], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
