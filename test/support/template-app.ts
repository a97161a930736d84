import { App } from 'aws-cdk-lib';
import { DISABLE_CREATION_STACK_TRACES } from 'aws-cdk-lib/cx-api';

/**
 * An app of which only the templates matter: without bundles, and without the CDK's own validation. Here that would only
 * warn, at half a CPU second a stack; it can fail where `cdk synth` runs it. The CDK's tree, and the stack trace of each
 * construct, would take a third of the time.
 */
export function templateApp(): App {
  return new App({
    context: { 'aws:cdk:bundling-stacks': [], [DISABLE_CREATION_STACK_TRACES]: true },
    builtinCloudFormationValidation: false,
    treeMetadata: false,
  });
}
