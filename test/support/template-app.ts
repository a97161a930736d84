import { App } from 'aws-cdk-lib';

/**
 * An app of which only the templates matter: without bundles, and without the CDK's own validation. Here that would only
 * warn, at half a CPU second a stack; it can fail where `cdk synth` runs it.
 */
export function templateApp(): App {
  return new App({ context: { 'aws:cdk:bundling-stacks': [] }, builtinCloudFormationValidation: false });
}
