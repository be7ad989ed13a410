// Signing in with an account elsewhere, at a real OpenID provider: what its person sees, and what somebody gets who lies on the way.
import assert from "node:assert/strict";
import { after } from "node:test";
import { PATIENCE } from "./support/browser.mjs";
import { hasPostgres, postgres } from "./support/database.mjs";
import { agree, cancel, startIssuer } from "./support/issuer.mjs";
import { headed, member, person, press, says, signIn, signOut, whoami } from "./support/people.mjs";
import { owner, show } from "./support/two-factor.mjs";
import { startWorld } from "./support/world.mjs";

// One that is trusted with addresses and one that isn't, both the same underneath; and two that are down for now.
const acme = await startIssuer();
const naps = { nap: await startIssuer({ asleep: true }), rest: await startIssuer({ asleep: true }) };
const SHOWN = { acme: { name: "Acme", trusted: true }, club: { name: "Club" } };
const database = hasPostgres ? await postgres() : undefined;
const env = { ...acme.env(SHOWN), ...naps.nap.env({ nap: { name: "Nap" } }), ...naps.rest.env({ rest: { name: "Rest" } }), LATCHKEY_OUTBOUND__ALLOW: "127.0.0.1", LATCHKEY_OUTBOUND__TIMEOUT: "2s" };
const { url, both, journey } = await startWorld({ database, env });
acme.register(url, ["acme", "club"]);
for (const [id, issuer] of Object.entries(naps)) issuer.register(url, [id]);
after(() => Promise.all([acme, ...Object.values(naps)].map((issuer) => issuer.stop())));

const SECURITY = "/settings/security";
/** What is in the address is there in so many words. */
const FAILED = /^\/sign-in\/failed\?/;

/** Presses the provider's button. */
const choose = ({ page }, name) => page.getByRole("button", { name: new RegExp(`^Go on with ${name}`) }).click();

/** The whole way: the button, and the provider's pages for who is `login` there. */
async function come(visit, name, login, path = "/sign-in") {
  await visit.open(path);
  await choose(visit, name);
  await agree(visit, login);
}

/** The provider's row in the settings. */
const row = ({ page }, name) => page.getByRole("list", { name: "Connected accounts" }).getByRole("listitem").filter({ hasText: name });

/** Somebody whom both know by the same address, and their name there. */
function known(more = {}) {
  const ada = person();
  return { ada, login: acme.knows({ ...ada, ...more }) };
}

/** Somebody who has come once, and has answered what newcomers are asked; at home again. */
async function arrived(visit, name = "Acme") {
  const { ada, login } = known();
  await come(visit, name, login);
  await visit.at("/onboarding/experience");
  await visit.context.request.post("/api/auth/onboarding", { headers: { origin: visit.url }, data: { action: "skip" } });
  return { ada, login };
}

/** Nobody is signed in, and the page says that it came to nothing. */
async function refused(visit, title = "Acme didn’t sign you in") {
  await visit.at(FAILED);
  await headed(visit.page, title);
  assert.equal(await whoami(visit), undefined);
}

/** Goes to the provider by `begin`, and agrees, but doesn't come back; gives the address that would finish it. */
async function kept(visit, login, begin = () => visit.open("/sign-in").then(() => choose(visit, "Acme"))) {
  const address = acme.keeps();
  await begin();
  await agree(visit, login);
  return address;
}

async function api(visit, path, data) {
  const answer = await visit.context.request.post(`/api/auth${path}`, { headers: { origin: visit.url }, data });
  return { status: answer.status(), body: await answer.json() };
}

/** The account at Acme, over the API. */
async function connection(visit) {
  const accounts = await (await visit.context.request.get("/api/auth/list-accounts")).json();
  return accounts.find(({ providerId }) => providerId === "acme")?.id;
}

both("The first time makes the account, the second time opens it, and the button says that it was used last", async (visit) => {
  const { page, context, mail } = visit;
  const { ada, login } = known();
  await visit.open("/sign-up");
  await choose(visit, "Acme");
  await page.waitForURL(`${acme.url}/**`);
  await agree(visit, login);
  await visit.at("/onboarding/experience");
  const first = await whoami(visit);
  assert.deepEqual([first.email, first.name, first.emailVerified], [ada.email, ada.name, true]);
  assert.equal(mail.unread(ada.email), 0, "nothing to confirm");
  await context.request.post("/api/auth/onboarding", { headers: { origin: visit.url }, data: { action: "skip" } });
  await visit.open("/");
  await signOut(visit);

  await visit.open("/settings/sessions?from=mail");
  await visit.at(/^\/sign-in\?next=/);
  const button = page.getByRole("button", { name: "Go on with Acme, last used" });
  await button.getByText("Last used").waitFor();
  assert.equal(await page.getByText("Last used").count(), 1);
  // The provider knows them still, and asks nothing.
  await button.click();
  await visit.at(/^\/settings\/sessions\?from=mail$/);
  assert.equal((await whoami(visit)).id, first.id);

  // Who changes the address there is who they were.
  const elsewhere = await visit.another();
  await come(elsewhere, "Acme", login);
  await elsewhere.at("/");
  assert.equal((await whoami(elsewhere)).id, first.id);
  await elsewhere.open("/sign-in");
  await elsewhere.at("/");
});

both("Where the provider isn't trusted with addresses, a mail proves the address before the first sign-in", async (visit) => {
  const { page, mail } = visit;
  const { ada, login } = known();
  await come(visit, "Club", login);
  await visit.at("/check-mail");
  await page.getByText(ada.email).waitFor();
  assert.equal(await whoami(visit), undefined);
  await mail.next(ada.email, "verify-email");
  await press(page, "Send it again");
  await visit.open(await mail.link(ada.email, "verify-email"));
  await visit.at("/onboarding/experience");
  assert.equal((await whoami(visit)).email, ada.email);
  await visit.context.clearCookies({ domain: "localhost" });
  await visit.open("/sign-in");
  await choose(visit, "Club");
  await visit.at("/onboarding/experience");
});

both("A4: An account that a stranger made with somebody's address isn't joined, and its owner gets it back empty", async (visit) => {
  const { page, mail } = visit;
  const { ada, login } = known();
  const eve = { ...ada, name: "Eve", password: "Eavesdropping-1843" };
  await visit.open("/sign-up");
  const there = await visit.another();
  await there.context.request.post("/api/auth/sign-up/email", { headers: { origin: visit.url }, data: eve });
  await mail.next(ada.email, "verify-email");

  await come(visit, "Acme", login, "/sign-up");
  await refused(visit, "You have an account already");
  await page.getByRole("link", { name: "Send me a link" }).click();
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send link");
  await visit.at("/check-mail");
  await visit.open(await mail.link(ada.email, "magic-link"));
  assert.equal((await whoami(visit)).email, ada.email);
  await visit.open(SECURITY);
  await row(visit, "Acme").getByRole("button", { name: "Connect Acme" }).click();
  await visit.at(SECURITY);
  await says(page, "It is connected.");

  await signIn(there, eve);
  await there.page.locator("[aria-invalid=true]").waitFor();
  assert.equal(await whoami(there), undefined);
});

both("A5: An address that one side hasn't verified opens nothing, and the page tells how to connect", async (visit) => {
  const { page } = visit;
  const { ada, login } = known({ email_verified: false });
  const there = await visit.another();
  await member(there, ada);
  await come(visit, "Acme", login, "/sign-in?next=%2Fprofile");
  await refused(visit, "You have an account already");
  const words = await page.locator("main").innerText();
  for (const part of [/Your address at Acme has an account here/, /Sign in the way you did before, or by a link that we mail you/, /connect Acme under Settings, Security/]) {
    assert.match(words, part);
  }
  // As it says.
  await page.getByRole("link", { name: "Sign in another way" }).click();
  await visit.at(/^\/sign-in/);
  await page.getByLabel("E-mail").fill(ada.email);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press(page, "Sign in");
  await visit.at("/profile");
  await visit.open(SECURITY);
  await row(visit, "Acme").getByRole("button", { name: "Connect Acme" }).click();
  await visit.at(SECURITY);
  await says(page, "It is connected.");
  await page.context().clearCookies({ domain: "localhost" });
  await visit.open("/sign-in");
  await choose(visit, "Acme");
  await visit.at("/");
  assert.equal((await whoami(visit)).email, ada.email);
});

journey("A5: Nor does a verified address at a provider that isn't trusted; one that is opens a verified account, and its owner hears of it", { script: true }, async (visit) => {
  const { ada, login } = known();
  const there = await visit.another();
  await member(there, ada);
  await come(visit, "Club", login);
  await refused(visit, "You have an account already");
  await visit.open("/sign-in");
  await choose(visit, "Acme");
  await visit.at("/");
  assert.equal((await whoami(visit)).id, (await whoami(there)).id);
  await visit.mail.next(ada.email, "Sign-in with Acme was connected");
});

both("An account is connected and disconnected in the settings, with a word to its owner", async (visit) => {
  const { page, mail } = visit;
  const { ada, login } = known();
  await member(visit, ada);
  await visit.open(SECURITY);
  await row(visit, "Club").getByText("Not connected").waitFor();
  await row(visit, "Club").getByRole("button", { name: "Connect Club" }).click();
  await agree(visit, login);
  await visit.at(SECURITY);
  await says(page, "It is connected. You can sign in with it from now on.");
  await mail.next(ada.email, "Sign-in with Club was connected");
  await row(visit, "Club").getByText(ada.email).waitFor();
  await row(visit, "Club").getByText("Last used").waitFor();
  await signOut(visit);

  await visit.open("/sign-in");
  await choose(visit, "Club");
  await visit.at("/");
  await visit.open(SECURITY);
  await row(visit, "Club").getByRole("button", { name: "Disconnect Club" }).click();
  await says(page, "It is disconnected");
  await mail.next(ada.email, "Sign-in with Club was disconnected");
  await row(visit, "Club").getByText("Not connected").waitFor();
  await signOut(visit);
  await visit.open("/sign-in");
  await choose(visit, "Club");
  await refused(visit, "You have an account already");
});

both("The last way in stays", async (visit) => {
  const { page } = visit;
  await arrived(visit);
  await visit.open(SECURITY);
  await row(visit, "Acme").getByRole("button", { name: "Disconnect Acme" }).click();
  await says(page, "This is your only way in. Set a password or add a passkey first.");
  await row(visit, "Acme").getByText("Last used").waitFor();
  assert.ok(await connection(visit));
});

both("An account with another address, or of somebody else, isn't connected", async (visit) => {
  const { page } = visit;
  const stranger = acme.knows(person("Grace Hopper"));
  await member(visit);
  await visit.open(SECURITY);
  await row(visit, "Acme").getByRole("button", { name: "Connect Acme" }).click();
  await agree(visit, stranger);
  await visit.at(FAILED);
  await headed(page, "Acme isn’t connected");
  await page.getByText("has another address than this one").waitFor();
  await page.getByRole("link", { name: "Back to Security" }).click();
  await visit.at(SECURITY);
  await row(visit, "Acme").getByText("Not connected").waitFor();

  const guest = await visit.another();
  const { login } = await arrived(guest);
  const host = await visit.another();
  await member(host);
  await host.open(SECURITY);
  await row(host, "Acme").getByRole("button", { name: "Connect Acme" }).click();
  await agree(host, login);
  await host.at(FAILED);
  await host.page.getByText("is connected with another account here").waitFor();
  assert.equal(await connection(host), undefined);
});

if (database) {
  both("A6: Connecting asks whoever was here long ago who they are, and goes on from there", async (visit) => {
    const { page } = visit;
    const { ada, login } = known();
    await member(visit, ada);
    await visit.open(SECURITY);
    await database.age();
    await row(visit, "Acme").getByRole("button", { name: "Connect Acme" }).click();
    await headed(page, "Confirm that it’s you");
    await page.getByLabel("Password", { exact: true }).fill(ada.password);
    await press(page, "Confirm");
    await agree(visit, login);
    await visit.at(SECURITY);
    await says(page, "It is connected.");

    await database.age();
    await row(visit, "Acme").getByRole("button", { name: "Disconnect Acme" }).click();
    await headed(page, "Confirm that it’s you");
    assert.ok(await connection(visit));
  });
}

both("A6: An account is connected only in the session that began it", async (visit) => {
  const { ada, login } = known();
  const eve = await visit.another();
  await member(eve);
  await member(visit, ada);
  // Eve agrees with her own account there, and lets the other one finish.
  const hers = acme.knows({ ...person("Eve"), email: (await whoami(eve)).email });
  const address = await kept(eve, hers, () => eve.open(SECURITY).then(() => row(eve, "Acme").getByRole("button", { name: "Connect Acme" }).click()));
  await visit.open(address);
  await visit.at(FAILED);
  await visit.page.getByText("was begun in another browser").waitFor();
  assert.equal(await connection(visit), undefined);

  // Signed out on the way.
  const own = await kept(visit, login, () => visit.open(SECURITY).then(() => row(visit, "Acme").getByRole("button", { name: "Connect Acme" }).click()));
  await api(visit, "/sign-out", {});
  await visit.open(own);
  await visit.at(FAILED);
  await headed(visit.page, "Acme isn’t connected");
  await visit.page.getByText("You were signed out meanwhile").waitFor();
});

both("Who turns back at the provider is where they were, and nothing has changed", async (visit) => {
  const { page } = visit;
  await visit.open("/sign-in?next=%2Fprofile");
  await choose(visit, "Acme");
  await cancel(visit);
  await refused(visit);
  await page.getByText("You stopped at Acme, or it didn’t let you on. Nothing has changed.").waitFor();
  await press(page, "Try again");
  await page.getByPlaceholder("Enter any login").waitFor();
  await cancel(visit);
  await page.getByRole("link", { name: "Sign in another way" }).click();
  await visit.at(/^\/sign-in\?next=%2Fprofile$/);

  await member(visit);
  await visit.open(SECURITY);
  await row(visit, "Acme").getByRole("button", { name: "Connect Acme" }).click();
  await cancel(visit);
  await headed(page, "Acme isn’t connected");
  await page.getByRole("link", { name: "Back to Security" }).click();
  await visit.at(SECURITY);
});

both("A provider that is down or slow is named, with a way on, and works again when it is back", async (visit) => {
  const { page } = visit;
  visit.expect(/response: 503/);
  const [nap, name] = visit.script ? [naps.nap, "Nap"] : [naps.rest, "Rest"];
  const { ada } = known();
  const login = nap.knows(ada);
  for (const how of ["down", "slow"]) {
    nap.behave();
    nap.manners[how] = () => true;
    await visit.open("/sign-in?next=%2Fprofile");
    await choose(visit, name);
    await headed(page, `${name} didn’t sign you in`);
    await page.getByText(`${name} can’t be reached at the moment.`).waitFor();
    await page.getByRole("link", { name: "Sign in another way" }).waitFor();
  }
  nap.behave();
  await press(page, "Try again");
  // Gone again when the code is to be exchanged.
  nap.manners.down = (path) => path === "/token";
  await agree(visit, login);
  await refused(visit, `${name} didn’t sign you in`);
  await page.getByText(`${name} can’t be reached at the moment.`).waitFor();
  nap.behave();
  await press(page, "Try again");
  await visit.at("/check-mail");
  await visit.open(await visit.mail.link(ada.email, "verify-email"));
  await visit.at("/profile");
});

both("A41: What has finished a sign-in once finishes nothing again", async (visit) => {
  const { login } = known();
  const address = await kept(visit, login);
  await visit.open(address);
  await visit.at("/onboarding/experience");
  await api(visit, "/sign-out", {});
  await visit.open(address);
  await refused(visit);
  await visit.page.getByText("It took too long, was finished before, or was begun in another browser.").waitFor();
});

both("A41: What one browser began, another doesn't finish, with or without a sign-in of its own under way", async (visit) => {
  const { ada, login } = known();
  const address = await kept(visit, login);
  const victim = await visit.another();
  await victim.open(address);
  await refused(victim);
  const another = await visit.another();
  await kept(another, known().login);
  await another.open(address);
  await refused(another);
  for (const changed of [address.replace(/state=[^&]+/, "state=0123456789abcdef0123456789abcdef"), address.replace(/&?state=[^&]+/, ""), address.replace("/acme?", "/club?")]) {
    await visit.open(changed);
    await visit.at(FAILED);
    assert.equal(await whoami(visit), undefined);
  }
  // It was never spent.
  await visit.open(address);
  await visit.at("/onboarding/experience");
  assert.equal((await whoami(visit)).email, ada.email);
});

for (const [lie, manners] of Object.entries({
  "with another nonce": { claims: (claims) => ({ ...claims, nonce: "another" }) },
  "without a nonce": { claims: ({ nonce, ...claims }) => claims },
  "for another site": { claims: (claims) => ({ ...claims, aud: "another" }) },
  "without a subject": { claims: ({ sub, ...claims }) => claims },
  "of another issuer": { claims: (claims) => ({ ...claims, iss: "https://evil.example" }) },
  "that has ended": { claims: (claims) => ({ ...claims, exp: claims.iat - 360 }) },
  "signed with a key of somebody else": { claims: (claims) => claims, signer: acme.strangeKey() },
})) {
  journey(`A42: An ID token ${lie} signs nobody in`, { script: false }, async (visit) => {
    const { ada, login } = known();
    try {
      Object.assign(acme.manners, manners);
      await come(visit, "Acme", login);
      await refused(visit);
      await visit.page.getByText("Acme didn’t say clearly who you are. Try again, or use another way in.").waitFor();
    } finally {
      acme.behave();
    }
    // No account was left behind that would be in the way.
    await press(visit.page, "Try again");
    await visit.at("/onboarding/experience");
    assert.equal((await whoami(visit)).email, ada.email);
  });
}

both("A second factor is asked for after the provider, and nobody is in before", async (visit) => {
  const { ada, login } = known();
  const { app } = await owner(visit, ada);
  await visit.context.clearCookies();
  await come(visit, "Acme", login, "/sign-in?next=%2Fprofile");
  await visit.at("/two-factor");
  assert.equal(await whoami(visit), undefined);
  await visit.open("/settings");
  await visit.at(/^\/sign-in/);
  await visit.open("/two-factor?next=%2Fprofile");
  await show(visit, await app.code());
  await visit.at("/profile");
  assert.equal((await whoami(visit)).email, ada.email);
  await visit.open(SECURITY);
  await row(visit, "Acme").getByText("Last used").waitFor();
});

journey("An app gets its user's tokens, renewed before they end, once however many ask", { script: true }, async (visit) => {
  const { ada, login } = known();
  acme.manners.lifetime = 30;
  try {
    await come(visit, "Acme", login);
    await visit.at("/onboarding/experience");
    const accountId = await connection(visit);
    const own = { accountId };
    acme.manners.lifetime = 3600;
    acme.counted("/token");
    // Less than a minute is left.
    const answers = await Promise.all(Array.from({ length: 10 }, () => api(visit, "/get-access-token", own)));
    assert.equal(acme.counted("/token"), 1);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(new Set(answers.map(({ body }) => body.accessToken)).size, 1);
    const told = await fetch(`${acme.url}/me`, { headers: { authorization: `Bearer ${answers[0].body.accessToken}` } });
    assert.equal((await told.json()).email, ada.email, "the provider takes it");

    // Fresh enough: nobody is asked.
    assert.equal((await api(visit, "/get-access-token", own)).body.accessToken, answers[0].body.accessToken);
    assert.equal(acme.counted("/token"), 0);

    // By hand; the provider would end everything if it saw a refresh token twice.
    const before = await api(visit, "/refresh-token", own);
    const renewed = await Promise.all(Array.from({ length: 10 }, () => api(visit, "/refresh-token", own)));
    assert.deepEqual([...new Set(renewed.map(({ status }) => status))], [200]);
    const { body } = await api(visit, "/refresh-token", own);
    assert.equal(body.accountId, login);
    assert.notEqual(body.refreshToken, before.body.refreshToken);
    const info = await (await visit.context.request.get(`/api/auth/account-info?accountId=${accountId}`)).json();
    assert.deepEqual([info.user.id, info.user.email], [login, ada.email]);

    // Nobody else gets them.
    const eve = await visit.another();
    await member(eve);
    for (const path of ["/get-access-token", "/refresh-token"]) assert.equal((await api(eve, path, own)).status, 400, path);

    // Down: what is still good is given, new ones aren't.
    acme.manners.down = (path) => path === "/token";
    assert.equal((await api(visit, "/refresh-token", own)).status, 400);
    assert.equal((await api(visit, "/get-access-token", own)).body.accessToken, body.accessToken);
  } finally {
    acme.behave();
  }
});

// At the end: keys are asked for again only when the last time was ten seconds ago.
both("A provider changes its keys at any time", async (visit) => {
  const { page } = visit;
  const { login, ada } = known();
  acme.changesKey();
  await come(visit, "Acme", login);
  for (const end = Date.now() + PATIENCE; ; await press(page, "Try again")) {
    await page.waitForURL((now) => now.origin === url && /failed|onboarding/.test(now.pathname));
    if (!page.url().includes("failed") || Date.now() > end) break;
  }
  await visit.at("/onboarding/experience");
  assert.equal((await whoami(visit)).email, ada.email);
});
