import type { TokenCacheFile } from './emulators/sign-in/sign-ins.ts';
import type { LocalStack } from './stack.ts';

/** Gets role credentials from the portal. @returns when they expire, in milliseconds since the epoch */
export async function roleCredentials(
  { emulator }: LocalStack,
  file: TokenCacheFile | undefined,
): Promise<number> {
  const url = `${emulator.url}/federation/credentials?account_id=111122223333&role_name=Developer`;
  const response = await fetch(url, { headers: { 'x-amz-sso_bearer_token': file?.accessToken ?? '' } });
  const body = (await response.json()) as { roleCredentials: { expiration: number } };
  return body.roleCredentials.expiration;
}

export async function call<T>(
  { url }: LocalStack,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: T }> {
  const init = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url + path, { method, ...init });
  return { status: response.status, body: (await response.json()) as T };
}

/** Sends an event as the identity store does. PutEvents would refuse it, because its source belongs to AWS. */
export async function sendAwsEvent({ emulator }: LocalStack, event: object): Promise<void> {
  const body = JSON.stringify(event);
  const { status } = await fetch(`${emulator.url}/_emulator/events`, { method: 'POST', body });
  if (status !== 201) throw new Error(`The emulator answered ${status} to an event of AWS.`);
}

async function awsCall<T>(url: string, target: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as T;
}

/** Asks every 100 ms until there is an answer. @throws Error after 30 s */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The expected result did not come within 30 seconds.');
}

/** A statement of a deny policy, as the demo reads it. */
export interface DenyStatement {
  Condition: {
    StringEquals: Record<'identitystore:UserId', string[]>;
    DateLessThan?: Record<'aws:TokenIssueTime', string>;
  };
}

export function idsIn(statement: DenyStatement | undefined): string[] {
  return statement?.Condition.StringEquals['identitystore:UserId'] ?? [];
}

/** Reads the statements of all policies, as `aws organizations describe-policy` shows them. */
export async function denyStatements({ url, emulator }: LocalStack): Promise<DenyStatement[]> {
  const contents = emulator.organizations.all().map(async ({ policyId }) => {
    const { Policy } = await awsCall<{ Policy: { Content: string } }>(
      url,
      'AWSOrganizationsV20161128.DescribePolicy',
      { PolicyId: policyId },
    );
    return JSON.parse(Policy.Content).Statement as DenyStatement[];
  });
  return (await Promise.all(contents)).flat();
}
