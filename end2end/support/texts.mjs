// A service for text messages on loopback, which speaks as much of Twilio's API as the product does.
import { once } from "node:events";
import { createServer } from "node:http";

const PATIENCE = 20_000;
const ACCOUNT = "AC0123456789abcdef0123456789abcdef";
const SECRET = "not-a-secret";

export async function startTexts() {
  /** Messages that nobody asked for yet, and who waits for one, by number. */
  const unread = new Map();
  const waiting = new Map();

  function arrived(to, text) {
    const waiter = waiting.get(to);
    if (waiter) waiter(text);
    else unread.set(to, [...(unread.get(to) ?? []), text]);
  }

  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const { To, From, Body } = Object.fromEntries(new URLSearchParams(body));
    const known = request.headers.authorization === `Basic ${Buffer.from(`${ACCOUNT}:${SECRET}`).toString("base64")}`;
    const right = request.method === "POST" && request.url === `/2010-04-01/Accounts/${ACCOUNT}/Messages.json` && To && From && Body;
    response.writeHead(known && right ? 201 : 400, { "content-type": "application/json" }).end("{}");
    if (known && right) arrived(To, Body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  /** The oldest unread message to a number; waits until it is there. */
  function next(number) {
    const [text, ...others] = unread.get(number) ?? [];
    unread.set(number, others);
    if (text !== undefined) return Promise.resolve(text);
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no text message to ${number}`)), PATIENCE);
      waiting.set(number, (arrived) => {
        clearTimeout(timer);
        waiting.delete(number);
        done(arrived);
      });
    });
  }

  return {
    env: {
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: SECRET,
      TWILIO_FROM: "+15005550006",
      LATCHKEY_SMS__API: `http://127.0.0.1:${server.address().port}`,
    },
    /** The code of the next message to a number. */
    async code(number) {
      const [code] = /\d{6}/.exec(await next(number));
      return code;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
