import type { IncomingHttpHeaders } from 'node:http';

/** Receives the headers and the body of one request to a service. The body is undefined if it is longer than the service accepts. */
export type Recorder = (headers: IncomingHttpHeaders, body: Buffer | undefined) => void;
