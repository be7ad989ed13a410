// Apps on hosts of their own beside the product: their pages read the session, and their servers find it in their own requests.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after } from "node:test";
import { person, signIn, signUp } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { url, journey } = await startWorld({
  host: "auth.acme.localhost",
  env: { LATCHKEY_SESSION__COOKIE_DOMAIN: "acme.localhost", BETTER_AUTH_TRUSTED_ORIGINS: "http://app.acme.localhost:*" },
});

// The app: a page, and a server that asks who its visitor is with the cookies that it got.
const app = createServer(async (request, response) => {
  if (request.url === "/me") {
    const session = await fetch(`http://127.0.0.1:${new URL(url).port}/api/auth/get-session`, { headers: { cookie: request.headers.cookie ?? "" } });
    response.end(await session.text());
  } else {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><link rel=icon href='data:,'><title>App</title><p>An app</p>");
  }
}).listen(0, "127.0.0.1");
await once(app, "listening");
after(() => app.close());
const at = (host) => `http://${host}:${app.address().port}`;

const asked = (page) => page.evaluate((base) => fetch(`${base}/api/auth/get-session`, { credentials: "include" }).then((answer) => answer.json(), () => "refused"), url);

journey("An app on another host of the domain knows who is signed in, and a host that isn't trusted reads nothing", {}, async (visit) => {
  const ada = person();
  await signUp(visit, ada);
  const { page, context } = visit;
  await page.goto(at("app.acme.localhost"));
  assert.equal((await asked(page)).user.email, ada.email, "its page");
  assert.equal((await (await page.goto(`${at("app.acme.localhost")}/me`)).json()).user.email, ada.email, "its server");

  visit.expect(/other\.acme\.localhost|CORS|ERR_FAILED/);
  await page.goto(at("other.acme.localhost"));
  assert.equal(await asked(page), "refused", "a neighbour");
  await page.goto(`${at("elsewhere.localhost")}/me`);
  assert.equal(await page.locator("body").innerText(), "null", "another domain gets no cookies");

  // A cookie of this host alone, from before there was a domain, doesn't stand in the way.
  const [session] = (await context.cookies(url)).filter(({ name }) => name.endsWith("session_token"));
  assert.equal(session.domain, ".acme.localhost");
  await context.clearCookies();
  await context.addCookies([{ name: session.name, value: session.value.replace(/^./, "x"), url }]);
  await signIn(visit, ada);
  await visit.at(/^\/(onboarding\/.*)?$/);
  await page.goto(at("app.acme.localhost"));
  assert.equal((await asked(page)).user.email, ada.email, "signed in again");
});
