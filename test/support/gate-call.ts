import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { signedService } from '../../local/ground/signature.ts';

/** A request to a service, seen at the gate. */
export interface Call {
  /**
   * As in the scope of a signature: `dynamodb`, `kms`, …. Requests without a signature are `sso` and `sso-oidc`. The
   * administration of Identity Center signs as `sso`, and is `sso-admin` here.
   */
  service: string;
  /** Such as `PutItem`, `Logout`, `CreateToken`. */
  operation: string;
  /** The number among all requests, from 1. An SDK's retry counts as well. */
  number: number;
  /** Logical id of the calling function, if the request is signed. */
  functionId: string | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** By the prefix of X-Amz-Target. */
const TARGETS: Record<string, string> = {
  DynamoDB_20120810: 'dynamodb',
  TrentService: 'kms',
  AmazonSQS: 'sqs',
  AWSIdentityStore: 'identitystore',
  AWSOrganizationsV20161128: 'organizations',
  AWSEvents: 'events',
  SWBExternalService: 'sso-admin',
};

/** Calls without a telling header or signature, by path. */
const PATHS: Record<string, [service: string, operation: string]> = {
  '/logout': ['sso', 'Logout'],
  '/assignment/accounts': ['sso', 'ListAccounts'],
  '/token': ['sso-oidc', 'CreateToken'],
};

/** Reads from a request what is called, and by which function. */
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
