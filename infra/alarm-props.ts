import { Token } from 'aws-cdk-lib';

export interface AlarmProps {
  /**
   * An e-mail address that is notified when an alarm begins and when it ends. SNS first sends a confirmation link there; follow it.
   * The stack creates an encrypted topic for it, with a key of its own unless there is an `encryptionKey`. Not together with
   * `alarmTopicArn`.
   *
   * @default nobody is notified
   */
  readonly alarmEmail?: string;
  /**
   * Your own SNS topic, which is notified instead: `arn:aws:sns:…`, or a token of CloudFormation. If the topic is encrypted, its key
   * must let `cloudwatch.amazonaws.com` call `kms:Decrypt` and `kms:GenerateDataKey*`.
   *
   * @default nobody is notified
   */
  readonly alarmTopicArn?: string;
}

export type Notified = { readonly email: string } | { readonly topicArn: string };

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const TOPIC = /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]{1,256}$/;

/** @throws Error naming the property that is wrong */
export function resolveNotified({ alarmEmail, alarmTopicArn }: AlarmProps): Notified | undefined {
  if (alarmEmail !== undefined && alarmTopicArn !== undefined) {
    throw new Error('Give alarmEmail or alarmTopicArn, not both: the topic can have the e-mail address.');
  }
  if (alarmEmail !== undefined) {
    requireForm('alarmEmail', alarmEmail, EMAIL, 'one e-mail address, such as on-call@example.com');
    return { email: alarmEmail };
  }
  if (alarmTopicArn === undefined) return undefined;
  requireForm('alarmTopicArn', alarmTopicArn, TOPIC, 'the ARN of a standard topic, arn:aws:sns:…');
  return { topicArn: alarmTopicArn };
}

function requireForm(name: string, value: string, form: RegExp, what: string): void {
  if (Token.isUnresolved(value) || form.test(value)) return;
  throw new Error(`${name} must be ${what}, not ${JSON.stringify(value)}.`);
}
