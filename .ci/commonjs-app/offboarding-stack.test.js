const { App } = require('aws-cdk-lib');
const { Template } = require('aws-cdk-lib/assertions');
const { OffboardingStack } = require('./offboarding-stack.js');

test('the stack has the functions and the grant', () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const template = Template.fromStack(new OffboardingStack(app, 'Offboarding'));
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { IDENTITY_STORE_ID: { Ref: 'IdentityStore' } } },
  });
  template.hasResourceProperties('AWS::IAM::Policy', { Roles: ['offboarding-workflow'] });
});
