import { join } from 'node:path';
import { DEFAULT_USER } from './emulators/sign-in/sign-ins.ts';
import { hashOf } from './ground/token-hash.ts';
import { leaveAws } from './ground/without-aws.ts';
import { unsignedToken } from './http/json-web-token.ts';
import { type LocalStack, startLocalStack } from './stack.ts';

const DEFAULT_PORT = 3000;

/** The process exits after this many milliseconds, even if closing is not complete. */
const CLOSE_LIMIT = 1500;

async function main(): Promise<void> {
  const port = parsePort(process.env.PORT);
  const closing = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      closing.resolve();
    });
  }
  const env = leaveAws();
  const starting = startLocalStack({
    assembly: join(import.meta.dirname, '..', 'cdk.local'),
    port,
    env,
  });
  const stack = await Promise.race([starting, closing.promise]);
  if (stack) {
    await requireAnswer(stack);
    print(banner(stack, await signIn(stack), await signIn(stack)));
    await closing.promise;
  }
  setTimeout(() => process.exit(0), CLOSE_LIMIT).unref();
  await (await starting).close();
  process.exit(0);
}

/** @throws Error when the value is not a port */
function parsePort(value = String(DEFAULT_PORT)): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  throw new Error(`PORT=${value} is not a port; give a number from 1 to 65535.`);
}

/** Sends one request through API and function. Its path has no route, so it changes nothing. */
async function requireAnswer({ url }: LocalStack): Promise<void> {
  const { status } = await fetch(url);
  if (status >= 500) throw new Error(`The API answers ${status}. See the output of its functions above.`);
}

interface SignedIn {
  /** A token-cache file as the AWS CLI writes it. */
  readonly file: object;
  readonly accessToken: string;
  readonly userId: string;
}

const PLACEHOLDER = '<access token>';

/** Signs somebody in at the portal. Returns placeholders if the portal does not know the emulator's control calls. */
async function signIn({ endpoints, emulator, users }: LocalStack): Promise<SignedIn> {
  const portal = endpoints.AWS_ENDPOINT_URL_SSO;
  if (portal === emulator.url) {
    const file = emulator.signIns.signIn();
    return { file, accessToken: file.accessToken, userId: users.find(DEFAULT_USER)?.userId ?? '' };
  }
  try {
    const response = await fetch(`${portal}/_emulator/sign-ins`, {
      method: 'POST',
      signal: AbortSignal.timeout(2000),
    });
    const file: { accessToken?: unknown } = Object(await response.json());
    const userId = response.headers.get('x-user-id') ?? '<user id>';
    if (typeof file.accessToken === 'string') return { file, accessToken: file.accessToken, userId };
  } catch {
    // The portal does not know the emulator's control calls.
  }
  return { file: { accessToken: PLACEHOLDER }, accessToken: PLACEHOLDER, userId: '<user id>' };
}

function banner(stack: LocalStack, stolen: SignedIn, registered: SignedIn): string {
  const { url, endpoints } = stack;
  const json = "-H 'content-type: application/json' -d";
  const { userId } = registered;
  const detail = JSON.stringify({ userId, reason: 'left the company' });
  const entry = { Source: 'offboarding', DetailType: 'User Removed', Detail: detail };
  const portal = endpoints.AWS_ENDPOINT_URL_SSO;
  return `Ready on ${url}

End a session:
  curl -sS ${url}/revocations ${json} '${JSON.stringify({ accessToken: stolen.accessToken, reason: 'laptop stolen' })}'
${pageHelp(url, stolen)}
Register another session, report that its user has left (with any AWS credentials), and read the result:
  curl -sS -X PUT ${url}/users/${userId}/sessions ${json} '${JSON.stringify(registered.file)}'
  aws events put-events --endpoint-url ${url} --region us-east-1 --entries '${JSON.stringify([entry])}'
  curl -sS '${url}/revocations?userId=${userId}'
${deadLetterHelp(stack)}${denyListHelp(stack)}${tokenHelp(stack, userId)}
Sign in at the portal, ${portal}
  curl -sS -X POST ${portal}/_emulator/sign-ins
or with the AWS CLI, 2.13 or later, and a profile whose sso_start_url is https://local.awsapps.com/start
  AWS_ENDPOINT_URL_SSO=${portal} AWS_ENDPOINT_URL_SSO_OIDC=${endpoints.AWS_ENDPOINT_URL_SSO_OIDC} aws sso login

Neither signatures nor permissions are checked here. A request with role credentials of this portal or STS counts as that
role session. Every other request counts as arn:aws:sts::000000000000:assumed-role/local/you.
`;
}

/** Shows the page's address, which is known in advance: the revocation's id is the token's hash. Empty if the token is unknown. */
function pageHelp(url: string, { accessToken }: SignedIn): string {
  if (accessToken === PLACEHOLDER) return '';
  return `and look at its page in a browser:
  ${url}/revocations/${hashOf(accessToken)}
`;
}

/** Shows how to read the first dead-letter queue; empty if there is none. */
function deadLetterHelp({ url, queues }: LocalStack): string {
  const fed = Object.values(queues).find(({ deadLetterArn }) => deadLetterArn !== undefined);
  const dead = Object.values(queues).find(({ arn }) => arn === fed?.deadLetterArn);
  if (!fed || !dead) return '';
  const options = `--endpoint-url ${url} --region us-east-1`;
  return `
Read the messages that failed for good, and retry them:
  aws sqs receive-message ${options} --queue-url ${dead.url}
  aws sqs start-message-move-task ${options} --source-arn ${dead.arn} --destination-arn ${fed.arn}
`;
}

/** Shows how to read whose role sessions are denied; empty if the stack has no policy. */
function denyListHelp({ url, emulator }: LocalStack): string {
  const [policy] = emulator.organizations.all();
  if (!policy) return '';
  return `
See whose role sessions are denied:
  aws organizations describe-policy --endpoint-url ${url} --region us-east-1 --policy-id ${policy.policyId}
`;
}

/** Shows how to call the API for tokens; empty if there is none. The token is not signed. */
function tokenHelp({ tokens }: LocalStack, userId: string): string {
  if (!tokens) return '';
  const { url, issuer: iss, audience: aud } = tokens;
  const exp = Math.floor(Date.now() / 1000) + TOKEN_SECONDS;
  const token = unsignedToken({ iss, aud, sub: 'local', exp, scope: 'read revoke' });
  return `
Call the API for JSON Web Tokens with the scopes read and revoke (signatures are not checked; claims and scopes are):
  curl -sS '${url}/revocations?userId=${userId}' -H 'authorization: Bearer ${token}'
`;
}

const TOKEN_SECONDS = 8 * 3_600;

function print(text: string): void {
  process.stdout.write(text);
}

main().catch((error: Error & { code?: string }) => {
  const text =
    error.code === 'EADDRINUSE'
      ? `Port ${process.env.PORT ?? DEFAULT_PORT} is in use; set PORT to a free one.`
      : error.message;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
