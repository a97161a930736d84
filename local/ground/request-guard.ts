import type { IncomingHttpHeaders, RequestListener } from 'node:http';

/** The names by which this machine reaches itself, with any port. */
const OWN_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** The content types of HTML forms. A browser sends them to any server without a preflight request. */
const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/**
 * Refuses requests that a web page in a browser on this machine can send, because the servers of the local run check no
 * signatures.
 *
 * - A site can point its own name to 127.0.0.1 (DNS rebinding). Its pages could then read the answers, but the `Host` of their
 *   requests is still that name.
 * - A page can post a form to any server. The browser adds an `Origin`; command lines and SDKs send none.
 */
export function forThisMachineOnly(listener: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = refusalFor(request.headers);
    if (!refusal) return listener(request, response);
    // The connection can only be used again once the body has been read.
    request.resume();
    response.writeHead(refusal.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: refusal.message }));
  };
}

interface Refusal {
  readonly status: number;
  readonly message: string;
}

function refusalFor({
  host = '',
  origin,
  'content-type': type = '',
}: IncomingHttpHeaders): Refusal | undefined {
  if (!OWN_HOST.test(host)) {
    const message = `The local run answers for the hosts localhost, 127.0.0.1 and [::1], not for "${host}".`;
    return { status: 421, message };
  }
  if (origin === undefined) return undefined;
  if (origin.toLowerCase() !== `http://${host}`.toLowerCase()) {
    const message = `The local run takes no request from a page of "${origin}". Send it without Origin.`;
    return { status: 403, message };
  }
  const isForm = FORM_TYPES.includes((type.split(';')[0] ?? '').trim().toLowerCase());
  const message = 'The local run takes no form from a page. Send the body as application/json.';
  return isForm ? { status: 403, message } : undefined;
}
