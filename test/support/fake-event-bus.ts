import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { closeServer, listen, localUrl, readBody } from '../../local/ground/http-server.ts';

/** An entry of PutEvents that the bus accepted. */
export interface SentEvent {
  source: string;
  name: string;
  bus: string;
  detail: Record<string, unknown>;
}

/**
 * - `takes`: the event is accepted
 * - `partly`: the call succeeds, but its entry is refused
 * - `down`: 500
 * - `odd`: an answer without its required parts
 */
export type BusState = 'takes' | 'partly' | 'down' | 'odd';

/** Replaces EventBridge's PutEvents, and keeps the accepted events. */
export async function startEventBus() {
  const sent: SentEvent[] = [];
  let state: BusState = 'takes';
  let refused = 0;
  const server = createServer(async (request, response) => {
    const { Entries } = JSON.parse(String(await readBody(request, 1 << 20)));
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    if (state !== 'takes') refused += 1;
    if (state === 'down') return answer(500, { __type: 'InternalException', message: 'secret of the bus' });
    if (state === 'odd') return answer(200, {});
    if (state === 'partly') {
      const failed = { ErrorCode: 'ThrottlingException', ErrorMessage: 'secret of the bus' };
      return answer(200, { FailedEntryCount: 1, Entries: [failed] });
    }
    for (const { Source, DetailType, Detail, EventBusName } of Entries)
      sent.push({ source: Source, name: DetailType, bus: EventBusName, detail: JSON.parse(Detail) });
    return answer(200, { FailedEntryCount: 0, Entries: [{ EventId: randomUUID() }] });
  });
  const url = localUrl(await listen(server, 0));
  return {
    url,
    sent,
    /** How many requests it refused. */
    refused: () => refused,
    be(next: BusState) {
      state = next;
    },
    close: () => closeServer(server),
  };
}
