import { App } from 'aws-cdk-lib';

/**
 * An app for tests that read only the templates: without bundles, and without the CDK's own validation. Here the
 * validation could only warn, and takes half a CPU second per stack. `cdk synth` runs it, and there it can fail.
 */
export function templateApp(): App {
  return new App({ context: { 'aws:cdk:bundling-stacks': [] }, builtinCloudFormationValidation: false });
}
