import { hashOf } from '../../../local/ground/token-hash.ts';
import { type Fate, startGate } from '../../support/gate.ts';
import type { Call as GateCall } from '../../support/gate-call.ts';

/** A call of a function to AWS. */
export interface Call extends Pick<GateCall, 'service' | 'operation'> {
  /** What the call concerns, without secrets and without values that differ from run to run. */
  about: string;
}

export interface CallsSettings {
  upstreamOf(service: string): string;
  decide(call: Call): Fate;
  /** Called for issued tokens, with the hashes of the refresh token and of the new access token. */
  issued(refreshHash: string, accessHash: string): void;
  /** The function did not wait for an answer that was on its way. The call is undefined if it was not read yet. */
  slow(call: Call | undefined): void;
}

export interface Calls {
  url: string;
  /** Resolves when no call is open and none is retried, including calls that nobody awaits. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** All requests of the functions pass here, to whatever service. */
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

/** Values that differ from run to run, such as the port in a queue's address, or that are long and mean nothing. */
const VARYING = ['QueueUrl', 'ciphertext', 'dataKey', 'CiphertextBlob', 'ReceiptHandle'];
