import { Lazy, type RemovalPolicy } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * The key of the tokens. Whatever IAM policies of the account allow, nobody but the openers decrypts with it: `kms:*` of an
 * administrator opens no token.
 *
 * @param openers - ARNs of the roles that may open what is sealed; read when the stack is synthesized
 */
export function createTokenKey(
  scope: Construct,
  id: string,
  openers: readonly string[],
  removalPolicy: RemovalPolicy,
): Key {
  const key = new Key(scope, id, {
    description: 'Encrypts IAM Identity Center tokens held for revocation',
    enableKeyRotation: true,
    removalPolicy,
  });
  key.addToResourcePolicy(onlyOpeners(openers));
  return key;
}

/** What the policy of a key of an earlier stack has to be: that of a new key. No deployment can change it. */
export function existingTokenKeyPolicy(openers: readonly string[]): PolicyDocument {
  // That IAM policies of the account count: what the CDK gives a key that it creates.
  const administration = new PolicyStatement({
    principals: [new AccountRootPrincipal()],
    actions: ['kms:*'],
    resources: ['*'],
  });
  return new PolicyDocument({ statements: [administration, onlyOpeners(openers)] });
}

/** Re-encrypting under another key would be a way around. In a session, aws:PrincipalArn is the role's. */
function onlyOpeners(openers: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'OnlyWhatEndsSessionsOpensTokens',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['kms:Decrypt', 'kms:ReEncryptFrom'],
    resources: ['*'],
    conditions: { ArnNotEquals: { 'aws:PrincipalArn': Lazy.any({ produce: () => openers }) } },
  });
}
