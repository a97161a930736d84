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
 * Creates the key of the tokens. Only the openers can decrypt with it, whatever the account's IAM policies allow: even an
 * administrator's `kms:*` decrypts no token.
 *
 * @param openers - ARNs of the roles that may decrypt tokens; read when the stack is synthesized
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

/** The policy that an earlier stack's key must have, the same as a new key's. A deployment cannot set it. */
export function existingTokenKeyPolicy(openers: readonly string[]): PolicyDocument {
  // Makes the account's IAM policies count. The CDK gives each key that it creates the same statement.
  const administration = new PolicyStatement({
    principals: [new AccountRootPrincipal()],
    actions: ['kms:*'],
    resources: ['*'],
  });
  return new PolicyDocument({ statements: [administration, onlyOpeners(openers)] });
}

/** Also denies re-encryption: it would bring tokens under another key. In a role session, aws:PrincipalArn is the role's ARN. */
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
