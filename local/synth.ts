import { join } from 'node:path';
import { EVERYTHING } from './template/everything.ts';
import { synthesize } from './template/synthesize.ts';

const output = join(import.meta.dirname, '..', 'cdk.local');
try {
  await synthesize({ output, settings: EVERYTHING, env: process.env, stdio: 'inherit' });
} catch {
  // The CDK has already printed the error.
  process.exitCode = 1;
}
