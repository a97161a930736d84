import {
  Agent,
  request as ask,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeServer, listen, localUrl, readBody } from '../../../local/ground/http-server.ts';
import { hashOf } from '../../../local/ground/token-hash.ts';
import { refusalOf } from '../../support/service-faults.ts';

/** A call that a function makes to AWS. */
export interface Call {
  /** As in a signature's scope: `dynamodb`, `kms`, …; `sso` and `sso-oidc` of those that are not signed. */
  service: string;
  operation: string;
  /** What it is about, without secrets and without what differs from run to run. */
  about: string;
}

/**
 * - `throttle`, `fail`, `hang`, `cut`, `garbage`: nothing is done
 * - `lost`, `late`, `spoilt`: it is done, and the connection breaks, no answer comes, or it cannot be read
 */
export const FATES = ['throttle', 'fail', 'hang', 'cut', 'garbage', 'lost', 'late', 'spoilt'] as const;
export type Fate = (typeof FATES)[number] | 'pass';

export interface CallsSettings {
  upstreamOf(service: string): string;
  decide(call: Call): Fate;
  /** Told of tokens that were issued: the hash of the refresh token, and that of the new access token. */
  issued(refreshHash: string, accessHash: string): void;
  /** The function did not wait for an answer that was on its way; nothing is known of a call that was not read yet. */
  slow(call: Call | undefined): void;
}

export interface Calls {
  url: string;
  /** Resolves when no call is open, and none is repeated: also of those that nobody waits for any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** All that the functions send passes here, whatever service it is for. */
export async function startCalls(settings: () => CallsSettings): Promise<Calls> {
  let open = 0;
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (request, response) => {
    open += 1;
    const { decide, upstreamOf, issued, slow } = settings();
    let call: Call | undefined;
    let isMeant = false;
    response.on('error', () => {});
    response.on('close', () => {
      open -= 1;
      if (!response.writableFinished && !isMeant) slow(call);
    });
    const cut = () => {
      isMeant = true;
      response.destroy();
    };
    const body = (await readBody(request, 1 << 24).catch(() => undefined)) ?? Buffer.alloc(0);
    if (response.destroyed) return;
    call = callOf(request, body);
    const fate = decide(call);
    isMeant = fate === 'hang' || fate === 'late';
    if (fate === 'hang') return;
    if (fate === 'cut') return cut();
    const refusal = answerTo(call, fate);
    if (refusal) return void response.writeHead(refusal.status, refusal.headers).end(refusal.body);
    const answer = await passOn(agent, upstreamOf(call.service), request, body).catch(() => undefined);
    if (call.operation === 'CreateToken' && answer?.status === 200) {
      const { accessToken } = JSON.parse(String(answer.body));
      issued(call.about, hashOf(accessToken));
    }
    if (!answer || fate === 'lost') return cut();
    if (fate === 'late') return;
    if (fate === 'spoilt') return void response.writeHead(200).end(GARBAGE);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  const url = localUrl(await listen(server, 0));
  return {
    url,
    async idle() {
      for (let quiet = 0; quiet < 2; quiet = open > 0 ? 0 : quiet + 1) await sleep(1);
    },
    async close() {
      agent.destroy();
      await closeServer(server);
    },
  };
}

/** By what X-Amz-Target begins with. */
const SERVICES: Record<string, string> = {
  DynamoDB_20120810: 'dynamodb',
  TrentService: 'kms',
  AmazonSQS: 'sqs',
  AWSIdentityStore: 'identitystore',
  AWSOrganizationsV20161128: 'organizations',
};

function callOf({ url, headers }: IncomingMessage, body: Buffer): Call {
  const [prefix = '', operation] = String(headers['x-amz-target'] ?? '').split('.');
  const token = headers['x-amz-sso_bearer_token'];
  if (operation !== undefined) {
    const plain = (key: string, value: unknown) => (VARYING.includes(key) ? '' : value);
    const about = JSON.stringify(JSON.parse(String(body)), plain);
    return { service: SERVICES[prefix] ?? prefix, operation, about };
  }
  if (typeof token === 'string') return { service: 'sso', operation: 'Logout', about: hashOf(token) };
  if (url !== '/token') throw new Error(`No function is known to call ${url}.`);
  const { refreshToken } = JSON.parse(String(body));
  return { service: 'sso-oidc', operation: 'CreateToken', about: hashOf(String(refreshToken)) };
}

/** What differs from run to run, as the port in a queue's address does, or is long and says nothing. */
const VARYING = ['QueueUrl', 'ciphertext', 'dataKey', 'CiphertextBlob', 'ReceiptHandle'];

const GARBAGE = '<html>not what you asked for';

/** Undefined for a fate that is none of the service's words. */
function answerTo({ service }: Call, fate: Fate): Reply | undefined {
  if (fate === 'throttle' || fate === 'fail') return refusalOf(service, fate);
  // The SDK takes any 200 of the portal for a success, whatever its body says.
  if (fate === 'garbage') return { status: service === 'sso' ? 502 : 200, headers: {}, body: GARBAGE };
  return undefined;
}

interface Reply {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer | string;
}

function passOn(agent: Agent, upstream: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<Reply>((resolve, reject) => {
    const { host: _, connection: __, ...rest } = headers;
    const passed = ask(upstream + (url ?? ''), { agent, method, headers: rest }, (answer) => {
      readBody(answer, 1 << 24).then(
        (read = Buffer.alloc(0)) =>
          resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: read }),
        reject,
      );
    });
    passed.on('error', reject);
    passed.end(body);
  });
}
