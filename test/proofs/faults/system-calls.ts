import { hashOf } from '../../../local/ground/token-hash.ts';
import { type Fate, startGate } from '../../support/gate.ts';
import type { Call as GateCall } from '../../support/gate-call.ts';

/** A call that a function makes to AWS. */
export interface Call extends Pick<GateCall, 'service' | 'operation'> {
  /** What it is about, without secrets and without what differs from run to run. */
  about: string;
}

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
  const { url, quiet, close } = await startGate(({ service }) => settings().upstreamOf(service), {
    onRequest: (call) => settings().decide(callOf(call)),
    onAnswer(call, { status, body }) {
      if (call.operation !== 'CreateToken' || status !== 200) return;
      settings().issued(callOf(call).about, hashOf(JSON.parse(String(body)).accessToken));
    },
    onAbandoned: (call) => settings().slow(call && callOf(call)),
  });
  return { url, idle: quiet, close };
}

function callOf({ service, operation, headers, body }: GateCall): Call {
  return { service, operation, about: aboutOf(operation, headers['x-amz-sso_bearer_token'], String(body)) };
}

function aboutOf(operation: string, token: string | string[] | undefined, body: string): string {
  if (operation === 'Logout' || operation === 'ListAccounts') return hashOf(String(token));
  if (operation === 'CreateToken') return hashOf(String(JSON.parse(body).refreshToken));
  const plain = (key: string, value: unknown) => (VARYING.includes(key) ? '' : value);
  return JSON.stringify(JSON.parse(body), plain);
}

/** What differs from run to run, as the port in a queue's address does, or is long and says nothing. */
const VARYING = ['QueueUrl', 'ciphertext', 'dataKey', 'CiphertextBlob', 'ReceiptHandle'];
