import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';

const APP = join(import.meta.dirname, '..', '..', 'infra', 'app.ts');

export interface AppStack {
  readonly template: Template;
  /** The stack's tags, which CloudFormation gives to every resource that can have tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The stacks that the app creates with this context, by name. Like `cdk synth`, but without bundles.
 *
 * @param context - what `-c` and cdk.json set
 */
export function appStacks(context: Record<string, unknown>): Record<string, AppStack> {
  const output = mkdtempSync(join(tmpdir(), 'app-'));
  try {
    const CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context });
    const { PATH, CDK_VALIDATION } = process.env;
    const env = { PATH, CDK_VALIDATION, CDK_CONTEXT_JSON, CDK_OUTDIR: output };
    const { status, stderr } = spawnSync(process.execPath, [APP], { encoding: 'utf8', env });
    if (status !== 0) throw new Error(stderr);
    const readJson = (file: string) => JSON.parse(readFileSync(join(output, file), 'utf8'));
    const artifacts: Record<string, { type: string; properties?: { tags?: Record<string, string> } }> =
      readJson('manifest.json').artifacts;
    const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
    return Object.fromEntries(
      stacks.map(([name, { properties }]) => {
        const template = Template.fromJSON(readJson(`${name}.template.json`));
        return [name, { template, tags: properties?.tags ?? {} }];
      }),
    );
  } finally {
    rmSync(output, { recursive: true });
  }
}
