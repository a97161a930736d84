import { App } from 'aws-cdk-lib';
import { DISABLE_CREATION_STACK_TRACES } from 'aws-cdk-lib/cx-api';

/**
 * An app for tests that read only the templates: without bundles, and without the CDK's own validation. Here the validation could
 * only warn, and takes half a CPU second per stack. `cdk synth` runs it, and there it can fail. The CDK's tree and the stack trace of
 * each construct would take a third of the time.
 */
export function templateApp(): App {
  return new App({
    context: { 'aws:cdk:bundling-stacks': [], [DISABLE_CREATION_STACK_TRACES]: true },
    builtinCloudFormationValidation: false,
    treeMetadata: false,
  });
}
