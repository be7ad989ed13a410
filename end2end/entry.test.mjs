// The ways in, and what happens when one doesn't open.
import assert from "node:assert/strict";
import { fillSignUp, headed, member, person, press, refusedAt, says, signIn, signOut, signUp, whoami } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld();

/** What the visitor's browser fetched as a page, since a certain request. */
const pages = (visit, since) => visit.requests.slice(since).filter((request) => request.isNavigationRequest());

both("A refused sign-up comes back filled in, with everything that is wrong", async (visit) => {
  const { page, script, requests } = visit;
  await visit.open("/sign-up");
  const button = page.getByRole("button", { name: "Create account" });
  const before = requests.length;
  await fillSignUp(visit, { name: "Ada Lovelace", email: "ada@example.org", password: "lovelace" });

  const words = await refusedAt(page, "Password");
  assert.match(words, /capital letter.*digit.*special character.*not your name/s, "every broken rule at once");
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Ada Lovelace");
  assert.equal(await page.getByLabel("E-mail").inputValue(), "ada@example.org");
  assert.equal(pages(visit, before).length, script ? 0 : 1, "in place with script, as a page without");
  assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), script ? "lovelace" : "", "no password travels back");

  // The first problem from the top has the focus.
  await page.getByLabel("E-mail").fill("ada@nowhere");
  await page.getByLabel("Password", { exact: true }).fill("lovelace");
  await button.click();
  assert.match(await refusedAt(page, "E-mail"), /you@example\.com/);
  assert.equal(await page.locator("[aria-invalid=true]").count(), 2);
});

both("A refused sign-in comes back filled in and doesn't jump", async (visit) => {
  const { page } = visit;
  const ada = await member(visit);
  await visit.context.clearCookies();
  await visit.open("/sign-in");
  const button = page.getByRole("button", { name: "Sign in", exact: true });
  const place = await button.boundingBox();
  await page.getByLabel("E-mail, user name or phone number").fill(ada.email);
  await page.getByLabel("Password", { exact: true }).fill("Not-the-password-1");
  await button.click();
  const words = await refusedAt(page, "Password");
  assert.equal(await page.getByLabel("E-mail, user name or phone number").inputValue(), ada.email);
  assert.ok(await page.getByLabel("Stay signed in").isChecked());
  assert.deepEqual(await button.boundingBox(), place, "room was kept for the error");

  // Nothing tells whether the address has an account.
  await signIn(visit, { email: `nobody.${ada.email}`, password: "Not-the-password-1" });
  assert.equal(await refusedAt(page, "Password"), words);

  await signIn(visit, { email: "@", password: "Not-the-password-1" });
  await refusedAt(page, "E-mail, user name or phone number");

  await signIn(visit, ada);
  await visit.at("/");
  await headed(page, `Hello, ${ada.name}`);
});

journey("With script, a password's rules are ticked off and its strength is told", { script: true }, async (visit) => {
  const { page } = visit;
  await visit.open("/sign-up");
  const password = page.getByLabel("Password", { exact: true });
  const done = page.locator("#password-rules li").filter({ hasText: "(done)" }).filter({ visible: true });
  const kept = () => page.locator("#password-rules li[data-kept]").count();
  assert.equal(await kept(), 0);
  await password.pressSequentially("ab1");
  await page.locator("#password-rules li[data-kept]", { hasText: "A digit" }).waitFor();
  await page.getByText(/easy to guess/i).waitFor();
  const some = await kept();
  await password.pressSequentially("Quiet-Harbour-Lantern");
  await page.getByText("Very strong").waitFor();
  assert.ok(some < (await kept()));
  assert.equal(await done.count(), await page.locator("#password-rules li").count());

  await press(page, "Show password");
  assert.equal(await password.getAttribute("type"), "text");
  assert.equal(await password.inputValue(), "ab1Quiet-Harbour-Lantern");
  await press(page, "Show password");
  assert.equal(await password.getAttribute("type"), "password");
});

journey("Without script, there are no buttons that need it", { script: false }, async ({ open, page }) => {
  await open("/sign-up");
  assert.equal(await page.getByRole("button", { name: "Show password" }).filter({ visible: true }).count(), 0);
  await page.getByText("At least 8 characters").waitFor();
});

both("The link that confirms an address is asked for again, works once, and not in another browser by itself", async (visit) => {
  const { page, mail, another } = visit;
  const ada = person();
  await visit.open("/sign-up");
  await fillSignUp(visit, ada);
  await visit.at(/^\/check-mail/);
  await page.getByText(ada.email).waitFor();
  const first = await mail.link(ada.email, "verify-email");

  // A password alone opens nothing yet; whoever knows it gets a new mail.
  await signIn(visit, ada);
  await visit.at(/^\/check-mail/);
  assert.equal(await whoami(visit), undefined);
  await mail.link(ada.email, "verify-email");

  await press(page, "Send it again");
  await says(page, "a new mail is on its way");
  const link = await mail.link(ada.email, "verify-email");

  // In a browser that didn't ask for it, a button has to be pressed.
  const elsewhere = await another();
  await elsewhere.open(link);
  await headed(elsewhere.page, "Confirm your address?");
  assert.equal(await whoami(elsewhere), undefined);
  await press(elsewhere.page, "Confirm address");
  await elsewhere.at("/onboarding/experience");
  assert.equal((await whoami(elsewhere)).email, ada.email);

  for (const spent of [link, first]) {
    await visit.open(spent);
    await headed(page, "This link doesn’t work any more");
  }
  await page.getByRole("link", { name: "Send a new link" }).click();
  await visit.at(/^\/check-mail/);
});

both("A magic link signs in once", async (visit) => {
  const { page, mail } = visit;
  const ada = await member(visit);
  await visit.open("/");
  await signOut(visit);
  await visit.open("/sign-in");
  await page.getByRole("link", { name: "Send me a link" }).click();
  await visit.at("/magic-link");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send link");
  await visit.at("/check-mail");
  await page.getByText(ada.email).waitFor();
  const link = await mail.link(ada.email, "magic-link");
  await visit.open(link);
  await visit.at("/");
  await headed(page, `Hello, ${ada.name}`);
  await signOut(visit);
  await visit.open(link);
  await headed(page, "This link doesn’t work any more");
  assert.equal(await whoami(visit), undefined);
});

both("A code signs in; a wrong one says so, and a new one replaces it", async (visit) => {
  const { page, mail } = visit;
  const ada = await member(visit);
  await visit.context.clearCookies();
  await visit.open("/email-code");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send code");
  await visit.at("/email-code/enter");
  await page.getByText(ada.email).waitFor();
  const old = await mail.code(ada.email);
  const field = page.getByLabel("Code");
  assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
  assert.equal(await field.getAttribute("inputmode"), "numeric");

  await field.fill(old === "000000" ? "111111" : "000000");
  await press(page, "Sign in");
  await refusedAt(page, "Code");

  await press(page, "Send a new code");
  await says(page, "A code is on its way.");
  const code = await mail.code(ada.email);
  if (code !== old) {
    await field.fill(old);
    await press(page, "Sign in");
    await refusedAt(page, "Code");
  }
  // As mail programs copy it.
  await field.fill(`${code.slice(0, 3)} ${code.slice(3)}`);
  await press(page, "Sign in");
  await visit.at("/");
  assert.equal((await whoami(visit)).email, ada.email);
});

both("A forgotten password is reset, every device signed out, and the link spent", async (visit) => {
  const { page, mail, another } = visit;
  const ada = await member(visit);
  const forgetful = await another();
  await forgetful.open("/sign-in");
  await forgetful.page.getByRole("link", { name: "Forgot it?" }).click();
  await forgetful.at("/forgot-password");
  await forgetful.page.getByLabel("E-mail").fill(ada.email);
  await press(forgetful.page, "Send link");
  await forgetful.at("/check-mail");
  const link = await mail.link(ada.email, "reset-password");
  await forgetful.open(link);
  await forgetful.at(/^\/reset-password/);
  const renewed = { ...ada, password: "Difference-Engine-2" };
  await forgetful.page.getByLabel("New password", { exact: true }).fill("short");
  await press(forgetful.page, "Save new password");
  await refusedAt(forgetful.page, "New password");
  await forgetful.page.getByLabel("New password", { exact: true }).fill(renewed.password);
  await press(forgetful.page, "Save new password");
  await forgetful.at("/sign-in");
  await says(forgetful.page, "Your new password works");
  assert.match((await mail.next(ada.email, "was changed")).text, /If it wasn't you/);

  await visit.open("/settings");
  await visit.at(/^\/sign-in/);
  await signIn(visit, ada);
  await refusedAt(page, "Password");
  await signIn(visit, renewed);
  await visit.at("/");

  await forgetful.open(link);
  await headed(forgetful.page, "This link doesn’t work any more");
});

both("An address without an account gets the same pages as one with an account", async (visit) => {
  const { page, mail } = visit;
  const ada = await member(visit);
  const stranger = person();
  const asked = async (path, button, email) => {
    await visit.context.clearCookies();
    await visit.open(path);
    await page.getByLabel("E-mail").fill(email);
    await press(page, button);
    await page.getByText(email).waitFor();
    await visit.settled();
    return { at: page.url(), shown: (await page.locator("main").innerText()).replace(email, "") };
  };
  for (const [path, button] of [["/forgot-password", "Send link"], ["/magic-link", "Send link"], ["/email-code", "Send code"]]) {
    assert.deepEqual(await asked(path, button, stranger.email), await asked(path, button, ada.email), path);
  }
  // Nobody resets the password of an account that isn't there. What was asked for later has arrived.
  await mail.link(ada.email, "reset-password");
  await mail.link(ada.email, "magic-link");
  await mail.code(ada.email);
  while (mail.unread(stranger.email) > 0) assert.doesNotMatch((await mail.next(stranger.email)).text, /password/);

  // A second sign-up looks like the first; the owner is told.
  await visit.context.clearCookies();
  await visit.open("/sign-up");
  await fillSignUp(visit, { ...ada, name: "Mallory", password: "Unlike-The-First-9" });
  await visit.at(/^\/check-mail/);
  await mail.next(ada.email, "already have an account");
  await signIn(visit, ada);
  await visit.at("/");
  await headed(page, "Hello, Ada Lovelace");
});

both("After signing in, people go where they wanted to, and only on this site", async (visit) => {
  const { page } = visit;
  const ada = await member(visit);
  await visit.context.clearCookies();
  await visit.open("/settings/sessions?from=mail");
  await visit.at(/^\/sign-in\?next=/);
  await says(page, "Sign in to go on.");
  await signIn(visit, ada, page.url());
  await visit.at("/settings/sessions");
  // A page for guests sends somebody who is signed in there, too.
  await visit.open("/sign-in?next=%2Fprofile");
  await visit.at("/profile");

  for (const foreign of ["https://evil.example/", "//evil.example", "/\\evil.example", "/%5Cevil.example", "javascript:alert(1)", "/\t/evil.example", "https:evil.example"]) {
    await visit.context.clearCookies();
    await signIn(visit, ada, `/sign-in?next=${encodeURIComponent(foreign)}`);
    await visit.page.locator("main").getByText(`Hello, ${ada.name}`).or(page.getByText("There is no page here")).waitFor();
    assert.equal(new URL(page.url()).origin, visit.url, foreign);
  }
});

both("“Stay signed in” decides whether the session outlives the browser", async (visit) => {
  const { page, context } = visit;
  const ada = await member(visit);
  const session = async () => (await context.cookies()).find(({ name }) => name.endsWith("session_token"));
  await context.clearCookies();
  await signIn(visit, ada);
  await visit.at("/");
  assert.ok((await session()).expires > 0);
  await context.clearCookies();
  await visit.open("/sign-in");
  await page.getByLabel("Stay signed in").uncheck();
  await page.getByLabel("E-mail, user name or phone number").fill(ada.email);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press(page, "Sign in");
  await visit.at("/");
  assert.equal((await session()).expires, -1);
  const cookie = await session();
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, "Lax");
});

both("A name full of markup is only ever text", async (visit) => {
  const { page, mail } = visit;
  const mallory = person('</title><script>document.title="x"</script><img src=x onerror=document.title="y">');
  page.on("dialog", (dialog) => assert.fail(`a dialog: ${dialog.message()}`));
  await signUp(visit, mallory);
  const skipped = await visit.context.request.post("/api/auth/onboarding", { headers: { origin: visit.url }, data: { action: "skip" } });
  assert.equal(skipped.status(), 200);
  for (const path of ["/", "/profile", "/settings", "/settings/security", "/settings/sessions", "/settings/data", "/onboarding/done"]) {
    const response = await visit.open(path);
    assert.equal(response.status(), 200, path);
    assert.equal(await page.locator("img[src=x], main script, header script").count(), 0, path);
    assert.doesNotMatch(await page.title(), /^[xy]$/, path);
    assert.ok((await page.locator("#account-menu").textContent()).includes(mallory.name), path);
  }
  await visit.open("/");
  await headed(page, `Hello, ${mallory.name}`);
  await visit.context.clearCookies();
  await visit.open("/magic-link");
  await page.getByLabel("E-mail").fill(mallory.email);
  await press(page, "Send link");
  const { html } = await mail.next(mallory.email, "magic-link");
  assert.doesNotMatch(html, /<script|onerror/);
});

journey("Password managers know every field", { script: false }, async ({ open, page }) => {
  const fields = {
    "/sign-in": { email: "username webauthn", password: "current-password" },
    "/sign-up": { name: "name", email: "username", password: "new-password" },
    "/forgot-password": { email: "email" },
    "/magic-link": { email: "email" },
  };
  for (const [path, expected] of Object.entries(fields)) {
    await open(path);
    for (const [name, autocomplete] of Object.entries(expected)) {
      assert.equal(await page.locator(`input[name=${name}]`).getAttribute("autocomplete"), autocomplete, `${path} ${name}`);
    }
  }
  await open("/sign-in");
  assert.equal(await page.locator("input[name=email]").getAttribute("autocapitalize"), "none");
});

journey("Offline, the page says so and keeps what was typed", { script: true }, async (visit) => {
  const { page, context } = visit;
  const ada = await member(visit);
  await context.clearCookies();
  visit.expect(/ERR_INTERNET_DISCONNECTED/);
  await visit.open("/sign-in");
  await context.setOffline(true);
  await page.getByLabel("E-mail, user name or phone number").fill(ada.email);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press(page, "Sign in");
  await page.getByText("You are offline").waitFor();
  assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), ada.password);
  await context.setOffline(false);
  await press(page, "Sign in");
  await visit.at("/");
});
