import { Agent } from 'node:https';
import { type Duplex, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { isRehearsal } from '../rehearsal.ts';

/** An answer that suits every operation: no failures, a user and a data key. Most operations read nothing from it. */
const ANSWER = JSON.stringify({
  Successful: [],
  UserId: 'rehearsal',
  UserStatus: 'ENABLED',
  Plaintext: Buffer.alloc(32).toString('base64'),
  CiphertextBlob: Buffer.alloc(1).toString('base64'),
});

/**
 * The HTTP handler of the SDK clients. In a rehearsal it sends nothing, and answers each request with success. It also opens
 * connections to the hosts of the requests, one for each simultaneous request, so that the first invocation finds them open.
 */
export class Network extends NodeHttpHandler {
  readonly #connections: OpenAhead;

  constructor(options: Omit<NodeHttpHandlerOptions, 'httpsAgent'>) {
    // The options of the SDK's own agent.
    const connections = new OpenAhead({ keepAlive: true, maxSockets: 50 });
    super({ ...options, httpsAgent: connections });
    this.#connections = connections;
  }

  override async handle(...call: Parameters<NodeHttpHandler['handle']>): Promise<{ response: HttpResponse }> {
    if (!isRehearsal()) return super.handle(...call);
    const [{ protocol, hostname, port = 443 }] = call;
    if (protocol === 'https:') await this.#connections.use({ host: hostname, port });
    const headers = { 'content-type': 'application/json' };
    const body = Readable.from([Buffer.from(ANSWER)]);
    return { response: new HttpResponse({ statusCode: 200, headers, body }) };
  }

  /** Resolves when the connections are open or have failed. After a failure, the first call opens its own connection. */
  async connected(): Promise<void> {
    await this.#connections.opened();
  }
}

interface Host {
  host: string;
  port: number;
}

interface Ahead {
  socket: TLSSocket;
  opened: Promise<void>;
  at: number;
}

/** An idle connection is not used after this time: the server may be about to close it. */
const FRESH_MILLIS = 5_000;

/** An agent that can open the first connections to a host before a request needs them. */
class OpenAhead extends Agent {
  readonly #ahead = new Map<string, Ahead[]>();
  readonly #inUse = new Map<string, number>();

  /** Occupies a connection for a moment, as a request would: a later request reuses it, a simultaneous one needs another. */
  async use(host: Host): Promise<void> {
    const key = keyOf(host);
    const inUse = (this.#inUse.get(key) ?? 0) + 1;
    this.#inUse.set(key, inUse);
    const ahead = this.#ahead.get(key) ?? [];
    this.#ahead.set(key, ahead);
    if (ahead.length < inUse) ahead.push(this.#open(host));
    await setImmediate();
    this.#inUse.set(key, (this.#inUse.get(key) ?? 0) - 1);
  }

  async opened(): Promise<void> {
    await Promise.all([...this.#ahead.values()].flat().map(({ opened }) => opened));
  }

  override createConnection(...args: Parameters<Agent['createConnection']>): Duplex | null | undefined {
    const [{ host, port }] = args;
    const ahead = this.#ahead.get(keyOf({ host: host ?? '', port: Number(port) }));
    for (let found = ahead?.pop(); found; found = ahead?.pop()) {
      const isFresh = performance.now() - found.at < FRESH_MILLIS;
      if (isFresh && found.socket.readyState === 'open') return found.socket;
      found.socket.destroy();
    }
    return super.createConnection(...args);
  }

  #open({ host, port }: Host): Ahead {
    const socket = super.createConnection({ ...this.options, host, port, servername: host }) as TLSSocket;
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    // A request that finds it closed opens another one.
    socket.once('secureConnect', resolve).once('close', resolve).on('error', resolve);
    return { socket, opened, at: performance.now() };
  }
}

function keyOf({ host, port }: Host): string {
  return `${host}:${port}`;
}
