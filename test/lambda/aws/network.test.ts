import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import tls from 'node:tls';
import { LogoutCommand, SSOClient } from '@aws-sdk/client-sso';
import { TIMEOUTS } from '../../../lambda/aws/clients.ts';
import { Network } from '../../../lambda/aws/network.ts';
import { asRehearsal } from '../../../lambda/rehearsal.ts';

/** The certificate comes from a test package. It has expired, so this test does not check its owner. */
const CERTIFICATES = join(import.meta.dirname, '../../../node_modules/dynalite/ssl');
const { connect } = tls;

let server: Server;
/** The server learns of a connection a moment after the client. */
let firstConnection: Promise<unknown>;
let connections = 0;
let requests = 0;

beforeEach(async () => {
  const believing = (options: tls.ConnectionOptions) => connect({ ...options, rejectUnauthorized: false });
  jest.spyOn(tls, 'connect').mockImplementation(believing as typeof connect);
  [connections, requests] = [0, 0];
  const [key, cert] = ['server-key.pem', 'server-crt.pem'].map((file) =>
    readFileSync(join(CERTIFICATES, file)),
  );
  server = createServer({ key, cert }, (_request, response) => {
    requests += 1;
    response.end();
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  firstConnection = once(server, 'secureConnection');
  await once(server.listen(0, 'localhost'), 'listening');
});
afterEach(() => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

function portal(network: Network): () => Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  const client = new SSOClient({
    region: 'eu-west-1',
    endpoint: `https://localhost:${port}`,
    requestHandler: network,
    maxAttempts: 1,
  });
  return () => client.send(new LogoutCommand({ accessToken: 'any' }));
}

test('a call in a rehearsal sends no request, succeeds, and opens the connection of the first real call', async () => {
  const network = new Network(TIMEOUTS);
  const logOut = portal(network);
  await asRehearsal(async () => {
    await logOut();
    await logOut();
  });
  await network.connected();
  await firstConnection;
  expect({ connections, requests }).toEqual({ connections: 1, requests: 0 });
  await logOut();
  await logOut();
  expect({ connections, requests }).toEqual({ connections: 1, requests: 2 });
});

test('parallel calls have a connection each', async () => {
  const network = new Network(TIMEOUTS);
  const logOut = portal(network);
  await asRehearsal(() => Promise.all([logOut(), logOut(), logOut()]));
  await asRehearsal(() => Promise.all([logOut(), logOut()]));
  await network.connected();
  await Promise.all([logOut(), logOut(), logOut()]);
  expect({ connections, requests }).toEqual({ connections: 3, requests: 3 });
});

test('if the connection was closed meanwhile, the first real call opens its own', async () => {
  const network = new Network(TIMEOUTS);
  const logOut = portal(network);
  await asRehearsal(logOut);
  await network.connected();
  await firstConnection;
  server.closeAllConnections();
  await setTimeout(50);
  await logOut();
  expect({ connections, requests }).toEqual({ connections: 2, requests: 1 });
});

test('if the connection waited too long, the first real call opens its own', async () => {
  const network = new Network(TIMEOUTS);
  const logOut = portal(network);
  await asRehearsal(logOut);
  await network.connected();
  await firstConnection;
  const { now } = performance;
  jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 5_001);
  await logOut();
  expect({ connections, requests }).toEqual({ connections: 2, requests: 1 });
});

test('if nobody answers, the rehearsal still succeeds, and the first real call fails with the reason', async () => {
  const network = new Network(TIMEOUTS);
  const logOut = portal(network);
  server.close();
  await asRehearsal(logOut);
  await network.connected();
  await expect(logOut()).rejects.toThrow('ECONNREFUSED');
});
