import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import type { Answer, EmulatedRequest, Operation } from '../ground/answer.ts';
import type { SignIns, Tokens } from './sign-ins.ts';

const DEVICE_CODE_SECONDS = 600;

/** A device code that nobody has exchanged yet. */
interface Device {
  readonly clientId: string;
  readonly expiresAt: number;
}

/**
 * SSO OIDC, `oidc.<region>.amazonaws.com`, by `METHOD path`: enough for `aws sso login` and for refreshing. Every
 * device authorization is approved at once.
 */
export function oidcOperations(signIns: SignIns, clock: Clock, url: () => string): Record<string, Operation> {
  const devices = new Map<string, Device>();
  const isClient = ({ json }: EmulatedRequest) =>
    signIns.isRegistered(text(json.clientId), text(json.clientSecret));
  return {
    'POST /client/register': {
      name: 'register',
      refuse,
      handle: ({ json }) => (text(json.clientName) ? registration(signIns, clock) : refuse('reject')),
    },
    'POST /device_authorization': {
      name: 'device-authorization',
      refuse,
      handle(request) {
        if (!isClient(request)) return refuse('client');
        const deviceCode = `local-device-${randomUUID()}`;
        const clientId = text(request.json.clientId);
        devices.set(deviceCode, { clientId, expiresAt: clock() + DEVICE_CODE_SECONDS * 1000 });
        return authorization(deviceCode, url());
      },
    },
    'GET /device': {
      name: 'device-page',
      refuse,
      handle: () => ({ status: 200, json: { message: 'Approved. Go back to the command line.' } }),
    },
    'POST /token': {
      name: 'token',
      refuse,
      handle: (request) => (isClient(request) ? token(request, devices, signIns, clock) : refuse('client')),
    },
  };
}

function token(
  { json }: EmulatedRequest,
  devices: Map<string, Device>,
  signIns: SignIns,
  clock: Clock,
): Answer {
  const clientId = text(json.clientId);
  switch (json.grantType) {
    case 'urn:ietf:params:oauth:grant-type:device_code':
      return exchange(devices, text(json.deviceCode), clientId, signIns, clock);
    case 'refresh_token':
      return granted(signIns.refresh(clientId, text(json.refreshToken)));
    default:
      return refuse('grantType');
  }
}

function registration(signIns: SignIns, clock: Clock): Answer {
  const { clientId, clientSecret, expiresAt } = signIns.register();
  const [clientIdIssuedAt, clientSecretExpiresAt] = [clock(), expiresAt].map((at) => Math.floor(at / 1000));
  return { status: 200, json: { clientId, clientSecret, clientIdIssuedAt, clientSecretExpiresAt } };
}

function authorization(deviceCode: string, url: string): Answer {
  const userCode = String(randomInt(1e8))
    .padStart(8, '0')
    .replace(/^(....)/, '$1-');
  const verificationUri = `${url}/device`;
  const verificationUriComplete = `${verificationUri}?user_code=${userCode}`;
  const times = { expiresIn: DEVICE_CODE_SECONDS, interval: 1 };
  return { status: 200, json: { deviceCode, userCode, verificationUri, verificationUriComplete, ...times } };
}

function exchange(
  devices: Map<string, Device>,
  code: string,
  clientId: string,
  signIns: SignIns,
  clock: Clock,
): Answer {
  const device = devices.get(code);
  if (device?.clientId !== clientId) return refuse('grant');
  devices.delete(code);
  return clock() < device.expiresAt ? granted(signIns.begin(clientId)) : refuse('expired');
}

function granted(tokens: Tokens | undefined): Answer {
  if (!tokens) return refuse('grant');
  return { status: 200, json: { ...tokens, tokenType: 'Bearer' }, token: tokens.accessToken };
}

const errors = {
  throttle: [429, 'TooManyRequestsException', 'too_many_requests', 'Rate exceeded'],
  fail: [500, 'InternalServerException', 'server_error', 'Internal server error'],
  reject: [400, 'InvalidRequestException', 'invalid_request', 'Invalid request'],
  client: [401, 'InvalidClientException', 'invalid_client', 'Invalid client ID or secret'],
  expired: [400, 'ExpiredTokenException', 'expired_token', 'Expired device code'],
  grant: [400, 'InvalidGrantException', 'invalid_grant', 'Invalid grant provided'],
  grantType: [400, 'UnsupportedGrantTypeException', 'unsupported_grant_type', 'Unsupported grant type'],
} as const;

function refuse(kind: keyof typeof errors): Answer {
  const [status, type, error, description] = errors[kind];
  return { status, headers: { 'x-amzn-ErrorType': type }, json: { error, error_description: description } };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
