import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { closeServer, listen, localUrl, readBody } from '../../local/ground/http-server.ts';

/**
 * A token service in front of one that does not rotate: it issues a new refresh token with each access token. The used
 * one is worthless from then on.
 */
export async function startRotatingTokens(endpoint: () => string) {
  /** Every issued token of either kind. */
  const issued: string[] = [];
  /** The refresh tokens of the service behind, by those issued here. */
  const known = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const body = JSON.parse(String(await readBody(request, 1 << 20)));
    const original = known.get(body.refreshToken) ?? body.refreshToken;
    const headers = { 'content-type': String(request.headers['content-type']) };
    try {
      const answer = await fetch(endpoint() + request.url, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, refreshToken: original }),
      });
      const text = await answer.text();
      const passedOn = Object.fromEntries(
        [...answer.headers].filter(([name]) => name.startsWith('x-amz') || name === 'content-type'),
      );
      response.writeHead(answer.status, passedOn).end(answer.ok ? rotated(text, body.refreshToken) : text);
    } catch {
      // The service behind or the client has closed the connection.
      response.destroy();
    }
  });

  function rotated(text: string, used: string): string {
    if (!text.startsWith('{')) return text;
    const tokens = JSON.parse(text);
    const refreshToken = `local-refresh-${randomBytes(48).toString('base64url')}`;
    issued.push(tokens.accessToken, refreshToken);
    known.set(refreshToken, tokens.refreshToken);
    known.set(used, 'used');
    return JSON.stringify({ ...tokens, refreshToken });
  }

  const url = localUrl(await listen(server, 0));
  return { url, issued, close: () => closeServer(server) };
}
