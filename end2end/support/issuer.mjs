// A real OpenID provider on loopback (npm `oidc-provider`), with its own pages to sign in and to agree. A test decides whom it knows, and how it misbehaves.
import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import Provider from "oidc-provider";
import { press } from "./people.mjs";

const SECRET = "not-a-secret: 100% of it, with signs that a form escapes";
const ALGORITHM = "RS256";
// Its pages fetch a font from elsewhere.
const FONT = /@import url\([^)]*\);/;

function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...privateKey.export({ format: "jwk" }), kid, alg: ALGORITHM, use: "sig" } };
}

/** Without its warnings about its memory and its pages, which are right for a test. */
function quietly(make) {
  const { warn, info } = console;
  Object.assign(console, { warn() {}, info() {} });
  try {
    return make();
  } finally {
    Object.assign(console, { warn, info });
  }
}

/** The token with other claims, signed again. */
function resigned(token, { kid, privateKey }, change) {
  const read = (part) => JSON.parse(Buffer.from(part, "base64url"));
  const written = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const [head, claims] = token.split(".");
  const text = `${written({ ...read(head), kid })}.${written(change(read(claims)))}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
}

/** Starts it, empty: it has no client before `register` tells who it is. `asleep` is one that is down from the start. */
export async function startIssuer({ asleep = false } = {}) {
  const people = new Map();
  const manners = {};
  let calls = [];
  let client;
  let keep;
  let key = newKey();
  let answer;

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    calls.push(pathname);
    if (manners.down?.(pathname)) request.socket.destroy();
    // Whoever waits for it gives up.
    else if (!manners.slow?.(pathname)) answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;

  /** The provider with its present key. What it remembers (sessions, grants, tokens) lies beside it, and stays. */
  function build() {
    const provider = quietly(() => new Provider(url, {
      clients: [client],
      jwks: { keys: [key.jwk] },
      cookies: { keys: ["not-a-secret"] },
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "picture"] },
      pkce: { required: () => true, methods: ["S256"] },
      ttl: { AccessToken: () => manners.lifetime, IdToken: 300, AuthorizationCode: 60, RefreshToken: 86_400, Grant: 86_400, Interaction: 600, Session: 86_400 },
      issueRefreshToken: () => true,
      // Each is good once: whoever shows one again loses everything.
      rotateRefreshToken: true,
      findAccount: (_, id) => people.has(id) && { accountId: id, claims: () => ({ sub: id, ...people.get(id) }) },
      renderError(context, out) {
        context.type = "text";
        context.body = JSON.stringify(out);
      },
    }));
    provider.use(async (context, next) => {
      await next();
      const { body } = context;
      if (context.path === "/token" && body?.id_token && manners.claims) body.id_token = resigned(body.id_token, manners.signer ?? key, manners.claims);
      if (typeof body === "string") context.body = body.replace(FONT, "");
      const to = context.response.get("location");
      if (keep && client.redirect_uris.some((address) => to.startsWith(address))) {
        keep(to);
        keep = undefined;
        context.remove("location");
        Object.assign(context, { status: 200, type: "html", body: "<!DOCTYPE html><title>Kept</title>" });
      }
    });
    answer = provider.callback();
  }

  /** Lets it behave again. */
  function behave() {
    for (const name of Object.keys(manners)) delete manners[name];
    manners.lifetime = 3600;
  }
  behave();
  if (asleep) manners.down = () => true;

  return {
    url,
    manners,
    behave,
    /** What an operator writes to offer it as each of these ids: `{id: {name, trusted}}`. */
    env(ids) {
      const env = {};
      for (const [id, more] of Object.entries(ids)) {
        const values = { client_id: "latchkey", client_secret: SECRET, issuer: url, ...more };
        for (const [name, value] of Object.entries(values)) env[`LATCHKEY_PROVIDERS__${id.toUpperCase()}__${name.toUpperCase()}`] = String(value);
      }
      return env;
    },
    /** Registers the site, which offers it as these ids. */
    register(site, ids) {
      client = {
        client_id: "latchkey",
        client_secret: SECRET,
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: ids.map((id) => `${site}/api/auth/callback/${id}`),
      };
      build();
    },
    /** Somebody with an account there; gives the name to sign in with. */
    knows({ name, email, email_verified = true, ...more }) {
      const login = `subject-${people.size + 1}`;
      people.set(login, { name, email, email_verified, ...more });
      return login;
    },
    /** Signs with another key from now on, and forgets the old one. */
    changesKey() {
      key = newKey();
      build();
    },
    /** Keeps the next browser that it would send back: gives the address. */
    keeps: () => new Promise((done) => (keep = done)),
    /** A key that it doesn't publish. */
    strangeKey: newKey,
    /** How often `path` was asked for since the last time. */
    counted(path) {
      const count = calls.filter((call) => call === path).length;
      calls = [];
      return count;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Signs in on the provider's own pages, and agrees. */
export async function agree({ page }, login) {
  await page.getByPlaceholder("Enter any login").fill(login);
  await page.getByPlaceholder("and password").fill("not checked there");
  await press(page, "Sign-in");
  await press(page, "Continue");
}

/** Turns back on the provider's own page. */
export const cancel = ({ page }) => page.getByRole("link", { name: "[ Cancel ]" }).click();
