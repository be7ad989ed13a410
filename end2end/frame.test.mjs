// What is around every page: theme, menu, keyboard, the pages for trouble, and that script really does its part.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { fillSignUp, headed, initials, member, menu, person, refusedAt, says, whoami } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld();

const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** Presses Tab until the element has the focus. */
async function tabTo(page, locator) {
  for (let presses = 0; presses < 40; presses++) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`no Tab leads to ${locator}`);
}

both("The theme's switch goes round, is remembered, and the server knows it before anything is painted", async (visit) => {
  const { page, script, context, requests } = visit;
  await visit.open("/sign-in?next=%2Fprofile");
  const light = await background(page);
  const root = (theme) => page.locator(theme ? `html[data-theme=${theme}]` : "html:not([data-theme]), html[data-theme=system]").waitFor({ state: "attached" });
  const press = async (words) => {
    await page.getByRole("button", { name: words }).click();
    await visit.settled();
  };
  const before = requests.length;
  await press(/Change to light/);
  await root("light");
  await press(/Change to dark/);
  await root("dark");
  const dark = await background(page);
  assert.notEqual(dark, light);
  assert.equal(requests.slice(before).filter((request) => request.isNavigationRequest()).length > 0, !script, "with script, no page is loaded for it");
  assert.equal(new URL(page.url()).search, "?next=%2Fprofile", "back on the same page");

  const html = await (await context.request.get("/sign-up")).text();
  assert.match(html, /<html[^>]* data-theme="dark"/);
  await visit.open("/");
  assert.equal(await background(page), dark);

  await page.emulateMedia({ colorScheme: "dark" });
  await press(/Change to your system/);
  await root();
  assert.equal(await background(page), dark, "the system's");
  await press(/Change to light/);
  await root("light");
  assert.equal(await background(page), light, "the switch overrides the system");
});

both("The menu opens by keyboard, closes on Escape, and tells who is signed in", async (visit) => {
  const { page } = visit;
  const grace = await member(visit, person("Grace Brewster Hopper"));
  await visit.open("/");
  const button = page.getByRole("button", { name: "Account of Grace Brewster Hopper" });
  await initials(page, "GH");
  const items = page.locator("#account-menu");
  assert.ok(!(await items.isVisible()));
  await tabTo(page, button);
  await page.keyboard.press("Enter");
  await items.waitFor();
  await items.getByText(grace.email).waitFor();
  await page.keyboard.press("Escape");
  await items.waitFor({ state: "hidden" });
  assert.ok(await button.evaluate((element) => element === document.activeElement), "the focus is back on the button");
  await page.keyboard.press("Space");
  await items.waitFor();
  for (const name of ["Add another account", "Profile"]) {
    await page.keyboard.press("Tab");
    await page.getByRole("link", { name }).and(page.locator(":focus")).waitFor();
  }
  await page.keyboard.press("Enter");
  await visit.at("/profile");

  await menu(page);
  await page.locator("h1").click({ position: { x: 2, y: 2 } });
  await items.waitFor({ state: "hidden" });
});

both("The first Tab offers to skip to the content", async ({ open, page }) => {
  await open("/");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  await skip.and(page.locator(":focus")).waitFor();
  assert.ok((await skip.boundingBox()).height > 20, "it can be seen");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.locator("main :focus").waitFor();
});

both("Signing up and in needs no mouse", async (visit) => {
  const { page, mail } = visit;
  const ada = person();
  await visit.open("/");
  await tabTo(page, page.getByRole("link", { name: "Create account" }));
  await page.keyboard.press("Enter");
  await visit.at("/sign-up");
  // The first field has the focus already, once the page is painted.
  await page.getByLabel("Name", { exact: true }).and(page.locator(":focus")).waitFor();
  await page.keyboard.type(ada.name);
  await tabTo(page, page.getByLabel("E-mail"));
  await page.keyboard.type(ada.email);
  await tabTo(page, page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(ada.password);
  await page.keyboard.press("Enter");
  await visit.at("/check-mail");
  await visit.open(await mail.link(ada.email, "verify-email"));
  await visit.at("/onboarding/experience");
  const choice = page.getByRole("radio", { name: "Just starting" });
  await tabTo(page, choice.or(page.getByRole("radio").first()).first());
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  assert.ok(await page.getByRole("radio", { name: "1 to 3 years" }).isChecked());
  await tabTo(page, page.getByRole("button", { name: "Skip for now" }));
  await page.keyboard.press("Enter");
  await visit.at("/");
  await tabTo(page, page.getByRole("button", { name: /^Account of/ }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.locator("#account-menu").getByRole("button", { name: "Sign out" }));
  await page.keyboard.press("Enter");
  await says(page, "You are signed out.");

  await tabTo(page, page.locator("header").getByRole("link", { name: "Sign in" }));
  await page.keyboard.press("Enter");
  await visit.at("/sign-in");
  await page.getByLabel("E-mail").and(page.locator(":focus")).waitFor();
  await page.keyboard.type(ada.email);
  await tabTo(page, page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(ada.password);
  await tabTo(page, page.getByLabel("Stay signed in"));
  await page.keyboard.press("Space");
  await tabTo(page, page.getByRole("button", { name: "Sign in", exact: true }));
  await page.keyboard.press("Enter");
  await visit.at("/");
  assert.equal((await whoami(visit)).email, ada.email);
});

both("There is a page for an unknown address and for a wrong method", async (visit) => {
  const { page } = visit;
  for (const path of ["/nothing/here", "/settings.php", "/%01", "/sign-in/"]) {
    const response = await visit.open(path);
    assert.equal(response.status(), 404, path);
    await headed(page, "There is no page here");
  }
  const response = await visit.open("/sign-out");
  assert.equal(response.status(), 405);
  await headed(page, "This page can’t be used that way");
  await page.getByRole("link", { name: "Go to the start" }).click();
  await visit.at("/");
});

both("A form from another site changes nothing", async (visit) => {
  const { page, another, url } = visit;
  const ada = await member(visit);
  // The other site is on the same host: the browser sends the cookies along.
  const forms = { "/sign-out": {}, "/theme": { theme: "dark", next: "/" }, "/sign-in": { email: "mallory@example.org", password: "x" } };
  const site = createServer((request, response) => {
    const fields = Object.entries(forms[request.url] ?? {}).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<!DOCTYPE html><html data-hydrated><form method="post" action="${url}${request.url}">${fields.join("")}<button>Win a prize</button></form>`);
  }).listen(0);
  await once(site, "listening");
  try {
    for (const host of ["localhost", "127.0.0.1"]) {
      for (const path of Object.keys(forms)) {
        await page.goto(`http://${host}:${site.address().port}${path}`);
        const [response] = await Promise.all([page.waitForResponse((response) => response.request().method() === "POST"), page.getByRole("button").click()]);
        await visit.settled();
        assert.equal(response.status(), 403, path);
        await headed(page, "This form came from somewhere else");
      }
    }
  } finally {
    site.closeAllConnections();
    site.close();
  }
  assert.equal((await whoami(visit)).email, ada.email);
  await (await another()).close();
});

both("Nothing of a page comes from elsewhere, and its policy holds", async (visit) => {
  const { page, url, requests, script } = visit;
  const response = await visit.open("/sign-up");
  const headers = response.headers();
  const policy = headers["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["cache-control"], "no-store");
  assert.ok(requests.every((request) => request.url().startsWith(`${url}/`)));
  const wasm = requests.filter((request) => request.url().endsWith(".wasm"));
  if (script) assert.equal(wasm.length, 1, "the WASM is loaded once");
  // In the release, the names hold the content's hash.
  for (const request of process.env.LATCHKEY_SITE ? [] : requests.filter((request) => request.url().includes("/pkg/"))) {
    assert.match((await request.response())?.headers()["cache-control"] ?? "immutable", /immutable/, request.url());
  }
  assert.equal(await page.locator("script:not([src]), [onclick], [onload], [style]").count(), 0, "nothing inline");
});

journey("Where the script can't be loaded, the page works as without it", { script: true }, async (visit) => {
  const { page, context } = visit;
  await context.route(/\.wasm$/, (route) => route.abort("connectionreset"));
  visit.expect(/\.wasm|ERR_CONNECTION_RESET|Failed to fetch|NetworkError/);
  const ada = person();
  await page.goto("/sign-up");
  await fillSignUp(visit, ada);
  await page.waitForURL(/check-mail/);
  await page.getByText(ada.email).waitFor();
});

both(
  "On a phone, an error moves nothing",
  async (visit) => {
    const { page } = visit;
    const someone = person();
    const forms = [
      ["/sign-in", { "E-mail, user name or phone number": someone.email, Password: "Not-the-password-1" }, "Sign in"],
      ["/forgot-password", { "E-mail": "ada@nowhere" }, "Send link"],
      ["/email-code", { "E-mail": someone.email }, "Send code"],
      [undefined, { Code: "123" }, "Sign in"],
      ["/settings", { "New address": undefined }, "Change address"],
      ["/settings", { "User name": "a b!" }, "Save user name"],
      ["/settings/data/delete", { "Type “delete my account”": "no" }, "Send the mail"],
    ];
    for (const [path, fields, name] of forms) {
      const email = path?.startsWith("/settings") ? (await member(visit)).email : undefined;
      if (path) await visit.open(path);
      const button = page.getByRole("button", { name, exact: true });
      const top = () => button.evaluate((element) => element.getBoundingClientRect().top + scrollY);
      for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value ?? email);
      const before = await top();
      await button.click();
      if (path === "/email-code") {
        await visit.at("/email-code/enter");
        continue;
      }
      await refusedAt(page, Object.keys(fields).at(-1));
      assert.equal(await top(), before, `${name} at ${page.url()}`);
    }
  },
  { phone: true },
);

journey("On a phone, nothing is wider than the screen and buttons are large enough for a thumb", { script: true, phone: true }, async (visit) => {
  const { page } = visit;
  for (const path of ["/", "/sign-in", "/sign-up", "/nothing"]) {
    await visit.open(path);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, path);
    for (const control of await page.locator("button:visible, input:visible:not([type=checkbox]), main a.inline-flex:visible").all()) {
      const box = await control.boundingBox();
      assert.ok(box.height >= 43.5, `${path}: ${await control.evaluate((element) => element.outerHTML.slice(0, 120))} is ${box.height} px high`);
    }
  }
});
