import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string>>;

export interface Tls {
  /** Returns the environment, with TLS in front of each of its endpoints on this machine. */
  of(environment: Environment): Promise<Environment>;
  close(): void;
}

const LOCAL_ORIGIN = /http:\/\/(127\.0\.0\.1|localhost):\d+/g;

/**
 * Makes functions call the emulators by TLS, as they call AWS: the handshakes are a good part of a first invocation. With plain
 * HTTP, the SDK would load code that it never loads on AWS.
 *
 * @throws Error without the program `openssl`, which makes the certificate
 */
export function openTls(directory: string): Tls {
  const files = { key: join(directory, 'key.pem'), cert: join(directory, 'cert.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const out = ['-keyout', files.key, '-out', files.cert];
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '1', ...curve, ...subject, ...out], {
    stdio: 'ignore',
  });
  const certificate = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
  const fronts = new Map<string, Promise<string>>();
  const servers: Server[] = [];
  const front = async (origin: string) => {
    const server = createServer(certificate, forwardTo(origin));
    servers.push(server);
    await once(server.listen(0, 'localhost'), 'listening');
    // A listening TCP server has an AddressInfo, never a pipe's name.
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  };
  return {
    async of(environment) {
      const text = JSON.stringify(environment);
      const origins = [...new Set(text.match(LOCAL_ORIGIN))];
      for (const origin of origins) if (!fronts.has(origin)) fronts.set(origin, front(origin));
      const urls = new Map<string, string>();
      for (const origin of origins) urls.set(origin, (await fronts.get(origin)) ?? origin);
      return {
        ...JSON.parse(text.replaceAll(LOCAL_ORIGIN, (origin) => urls.get(origin) ?? origin)),
        NODE_EXTRA_CA_CERTS: files.cert,
      };
    },
    close() {
      for (const server of servers) server.close().closeAllConnections();
    },
  };
}

function forwardTo(origin: string): Parameters<typeof createServer>[1] {
  const agent = new Agent({ keepAlive: true });
  const { host } = new URL(origin);
  return (asked, answer) => {
    const { method, url = '/', headers } = asked;
    const options = { method, headers: { ...headers, host }, agent };
    const forwarded = request(`${origin}${url}`, options, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  };
}
