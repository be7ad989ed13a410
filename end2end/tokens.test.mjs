// A service that checks Latchkey's tokens by itself, with the library and the lines that docs/tokens.md recommends.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from "jose";
import { startServer } from "./support/server.mjs";

let server;
let cookie;
before(async () => {
  server = await startServer({ LATCHKEY_SIGN_UP__REQUIRE_VERIFICATION: "false" });
  const answer = await fetch(`${server.url}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.url },
    body: JSON.stringify({ name: "Ada", email: "ada@example.org", password: "Tr1cky-enough" }),
  });
  assert.equal(answer.status, 200, await answer.text());
  cookie = answer.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
});
after(() => server.stop());

async function given() {
  const answer = await fetch(`${server.url}/api/auth/token`, { headers: { cookie } });
  assert.equal(answer.status, 200);
  return (await answer.json()).token;
}

/** A service that has just started, so that it has no keys yet. */
function service() {
  const keys = createRemoteJWKSet(new URL(`${server.url}/api/auth/jwks`));
  return (token) => jwtVerify(token, keys, { algorithms: ["EdDSA"], issuer: server.url, audience: server.url, requiredClaims: ["sub", "exp"] });
}

test("A service verifies a token by the published keys, and refuses one that was changed", async () => {
  const token = await given();
  const { payload, protectedHeader } = await service()(token);
  assert.equal(protectedHeader.alg, "EdDSA");
  assert.equal(payload.email, "ada@example.org");
  assert.equal(payload.sub, payload.id);
  assert.ok(payload.exp - payload.iat <= 15 * 60, `${payload.exp - payload.iat} seconds`);

  const [head, claims, signature] = token.split(".");
  const another = { ...JSON.parse(Buffer.from(claims, "base64url")), email: "eve@example.org" };
  const forged = [head, Buffer.from(JSON.stringify(another)).toString("base64url"), signature].join(".");
  await assert.rejects(service()(forged), errors.JWSSignatureVerificationFailed);
});

/** What another process has changed, the server notices within a second. */
async function until(holds) {
  for (const end = Date.now() + 10_000; !(await holds()); ) {
    assert.ok(Date.now() < end, "the server never noticed");
    await new Promise((next) => setTimeout(next, 50));
  }
}

test("A new key is published before it signs, older tokens stay good, and a key that was withdrawn ends them", async () => {
  const kid = (token) => decodeProtectedHeader(token).kid;
  const published = async () => (await (await fetch(`${server.url}/api/auth/jwks`)).json()).keys.map((key) => key.kid);
  const older = await given();
  await server.run("keys", "renew");
  await until(async () => (await published()).length === 2);
  await service()(older);

  await server.run("keys", "retire", kid(older));
  await until(async () => !(await published()).includes(kid(older)));
  await assert.rejects(service()(older), errors.JWKSNoMatchingKey);
  const newer = await given();
  assert.notEqual(kid(newer), kid(older));
  await service()(newer);
});
