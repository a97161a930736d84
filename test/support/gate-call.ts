import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { signedService } from '../../local/ground/signature.ts';

/** A request to a service, seen at the gate. */
export interface Call {
  /** As in a signature's scope: `dynamodb`, `kms`, …; `sso` and `sso-oidc` of those that are not signed. The administration of Identity Center, which signs as `sso`, is `sso-admin`. */
  service: string;
  /** Such as `PutItem`, `Logout`, `CreateToken`. */
  operation: string;
  /** Of all requests, from 1; an SDK's retry is one more. */
  number: number;
  /** Logical id of the function that called, where the request is signed. */
  functionId: string | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** By what X-Amz-Target begins with. */
const TARGETS: Record<string, string> = {
  DynamoDB_20120810: 'dynamodb',
  TrentService: 'kms',
  AmazonSQS: 'sqs',
  AWSIdentityStore: 'identitystore',
  AWSOrganizationsV20161128: 'organizations',
  AWSEvents: 'events',
  SWBExternalService: 'sso-admin',
};

/** Calls of which neither a header nor a signature tells what they are. */
const PATHS: Record<string, [service: string, operation: string]> = {
  '/logout': ['sso', 'Logout'],
  '/assignment/accounts': ['sso', 'ListAccounts'],
  '/token': ['sso-oidc', 'CreateToken'],
};

/** Tells from a request what is called, and by whom. */
export function readCall({ headers, url = '/' }: IncomingMessage, body: Buffer, number: number): Call {
  const functionId = headers['x-amz-security-token'];
  const caller = {
    number,
    functionId: functionId === undefined ? undefined : String(functionId),
    headers,
    body,
  };
  const [prefix = '', operation] = String(headers['x-amz-target'] ?? '').split('.');
  if (operation !== undefined) return { service: TARGETS[prefix] ?? prefix, operation, ...caller };
  const [path = '/'] = url.split('?');
  const [service, unsigned] = PATHS[path] ?? [];
  if (service && unsigned) return { service, operation: unsigned, ...caller };
  const action = new URLSearchParams(String(body)).get('Action');
  return { service: signedService(headers) ?? 'unknown', operation: action ?? path, ...caller };
}
