// The second step at the sign-in: asked for after every first one, in every way that there is, and by nothing that goes around it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasPostgres, postgres } from "./support/database.mjs";
import { headed, press, refusedAt, says, signIn, signOut, whoami } from "./support/people.mjs";
import { addNumber, owner, phone, show } from "./support/two-factor.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld();
// Where the clock can be moved.
const database = hasPostgres ? await postgres() : undefined;
const server = hasPostgres ? await startWorld({ database }) : undefined;
if (!server) test("What depends on the clock", { skip: "TEST_DATABASE_URL names no server" });

/** Somebody with an authenticator app, in a browser that knows nobody. */
async function stranger(visit) {
  const someone = await owner(visit);
  await visit.context.clearCookies();
  return someone;
}

/** Nobody is signed in, and nothing in the browser says who it might be. */
async function outside(visit) {
  assert.equal(await whoami(visit), undefined);
  const names = (await visit.context.cookies()).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => /session/.test(name)), []);
}

/** Follows one of the other ways. */
async function another(visit, label) {
  await visit.page.getByRole("navigation", { name: "Use another way" }).getByRole("link", { name: label }).click();
  await visit.at(/method=/);
}

const trust = (page) => page.getByLabel("Don’t ask in this browser for 30 days");

both("After the password, the code of the app is asked for, and leads to where one was going", async (visit) => {
  const { page, script, requests } = visit;
  const ada = await stranger(visit);
  await visit.open("/settings/sessions?from=mail");
  await visit.at(/^\/sign-in\?next=/);
  await signIn(visit, ada, page.url());
  await visit.at("/two-factor");
  await headed(page, "One more step");
  await outside(visit);
  const field = page.getByLabel("Code");
  assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
  assert.equal(await field.getAttribute("inputmode"), "numeric");
  assert.ok(await field.evaluate((element) => element === document.activeElement), "the code can be typed at once");

  const wrong = ada.app.wrong();
  const before = requests.length;
  await trust(page).check();
  await show(visit, wrong);
  assert.match(await refusedAt(page, "Code"), /isn’t the code/);
  assert.equal(requests.slice(before).filter((request) => request.isNavigationRequest()).length, script ? 0 : 1, "in place with script");
  assert.equal(await field.inputValue(), script ? wrong : "", "no code travels back");
  assert.ok(await trust(page).isChecked());
  await trust(page).uncheck();
  await outside(visit);

  // As an app shows it.
  const code = await ada.app.code();
  await show(visit, `${code.slice(0, 3)} ${code.slice(3)}`);
  await visit.at(/^\/settings\/sessions\?from=mail$/);
  assert.equal((await whoami(visit)).email, ada.email);

  // The page that asked has nothing to ask any more.
  await visit.open("/two-factor?next=%2Fprofile");
  await visit.at("/profile");
  await signOut(visit);

  // A code that was used is spent, here and for whoever looked over the shoulder.
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await show(visit, code);
  assert.match(await refusedAt(page, "Code"), /used already/);
  await show(visit, await ada.app.code());
  await visit.at("/");
  await headed(page, `Hello, ${ada.name}`);
});

both("The second step leads only to this site", async (visit) => {
  const ada = await stranger(visit);
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await visit.open("/two-factor?next=%2F%2Fevil.example");
  await show(visit, await ada.app.code());
  await visit.at("/");
  assert.equal(new URL(visit.page.url()).origin, visit.url);
});

both("Whoever has no phone at hand uses a backup code, once, and hears how many are left", async (visit) => {
  const { page, mail } = visit;
  const ada = await stranger(visit);
  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/two-factor");
  await another(visit, "Use a backup code");
  await show(visit, "aaaaa-AAAAA", { field: "Backup code" });
  assert.match(await refusedAt(page, "Backup code"), /unused backup codes/);
  // As people type what is on paper.
  await show(visit, ` ${ada.codes[3].replace("-", " ")} `, { field: "Backup code" });
  await visit.at("/profile");
  assert.match((await mail.next(ada.email, "A backup code was used")).text, /9 are left/);
  await visit.open("/settings/security");
  await page.getByText("9 of 10 left").first().waitFor();
  await signOut(visit);

  await signIn(visit, ada);
  await visit.at("/two-factor");
  await another(visit, "Use a backup code");
  await show(visit, ada.codes[3], { field: "Backup code" });
  await refusedAt(page, "Backup code");
  await outside(visit);
  await another(visit, "Use my authenticator app");
  await show(visit, await ada.app.code());
  await visit.at("/");
});

both("A code by mail serves, where its owner wanted that, and not beside another mail", async (visit) => {
  const { page, mail } = visit;
  const ada = await owner(visit);
  await visit.open("/settings/security");
  await page.getByRole("link", { name: "Turn on codes by mail" }).click();
  await headed(page, "Get codes by mail?");
  await page.getByText("the weaker choice").waitFor();
  await press(page, "Turn on");
  await visit.at("/settings/security");
  await says(page, "Codes by mail are on.");
  await mail.next(ada.email, "Codes by mail turned on");
  await signOut(visit);

  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/two-factor");
  await another(visit, "Use a mail");
  await page.getByText("We send a mail with a code to a•••@example.org.").waitFor();
  assert.ok(!(await page.content()).includes(ada.email), "a user name and a password don’t tell the address");
  await press(page, "Send me a mail");
  await visit.at(/sent=1/);
  const old = await mail.code(ada.email);
  await show(visit, old === "000000" ? "111111" : "000000");
  await refusedAt(page, "Code");
  await press(page, "Send a new code");
  await says(page, "A code is on its way.");
  const code = await mail.code(ada.email);
  if (code !== old) {
    await show(visit, old);
    await refusedAt(page, "Code");
  }
  await show(visit, code);
  await visit.at("/profile");
  await signOut(visit);

  // Whoever came by a mail has shown that already.
  await visit.open("/email-code");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send code");
  await show(visit, await mail.code(ada.email));
  await visit.at("/two-factor");
  assert.deepEqual(await page.getByRole("navigation", { name: "Use another way" }).getByRole("link").allInnerTexts(), ["Use a backup code"]);
});

both("A code by text message serves, also as the only second step", async (visit) => {
  const { page, mail } = visit;
  const mobile = phone(visit);
  const ada = await owner(visit);
  await addNumber(visit, mobile);
  await says(page, "Your phone number is saved.");
  await visit.open("/settings/security");
  await page.getByRole("link", { name: "Turn on codes by text message" }).click();
  await headed(page, "Get codes by text message?");
  await press(page, "Turn on");
  await says(page, "Codes by text message are on.");
  await mail.next(ada.email, "Codes by text message turned on");
  await page.getByRole("link", { name: "Turn off the authenticator app" }).click();
  await page.getByText("Your other second step goes on as it is.").waitFor();
  await press(page, "Turn off");
  await says(page, "Your authenticator app is turned off.");
  await signOut(visit);

  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/two-factor");
  const shown = await page.locator("main").innerText();
  assert.match(shown, new RegExp(`•+${mobile.number.slice(-2)}\\.`));
  assert.ok(!shown.includes(mobile.number), "a password alone doesn't tell the number");
  await press(page, "Send me a text message");
  await visit.at(/method=sms&sent=1/);
  const code = await mobile.code();
  await show(visit, code === "000000" ? "111111" : "000000");
  await refusedAt(page, "Code");
  await outside(visit);
  await show(visit, code);
  await visit.at("/profile");
});

both("A browser that is trusted isn't asked, until it is removed", async (visit) => {
  const { page } = visit;
  const ada = await stranger(visit);
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await trust(page).check();
  await show(visit, await ada.app.code());
  await visit.at("/");
  await signOut(visit);
  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/profile");

  // Elsewhere it is asked for, and the trust of one browser is no proof to another person.
  const elsewhere = await visit.another();
  await signIn(elsewhere, ada);
  await elsewhere.at("/two-factor");
  const { page: there } = elsewhere;
  await show(elsewhere, await ada.app.code());
  await elsewhere.at("/");

  await elsewhere.open("/settings/security");
  const browsers = there.getByRole("list", { name: "Trusted browsers" }).getByRole("listitem");
  assert.equal(await browsers.count(), 1);
  await browsers.getByRole("button", { name: /^Remove Chrome/ }).click();
  await says(there, "We ask for the second step in that browser again.");
  assert.equal(await browsers.count(), 0);

  await signOut(visit);
  await signIn(visit, ada);
  await visit.at("/two-factor");
  await outside(visit);
});

both("A link and a code from the mail don't go around the second step", async (visit) => {
  const { page, mail } = visit;
  const ada = await stranger(visit);
  await visit.open("/magic-link");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send link");
  await visit.at("/check-mail");
  const link = await mail.link(ada.email, "magic-link");
  await visit.open(link);
  await visit.at("/two-factor");
  await outside(visit);
  await show(visit, await ada.app.code());
  await visit.at("/");
  assert.equal((await whoami(visit)).email, ada.email);
  await signOut(visit);

  await visit.open("/email-code?next=%2Fprofile");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send code");
  await visit.at("/email-code/enter");
  await show(visit, await mail.code(ada.email));
  await visit.at("/two-factor");
  await outside(visit);
  await show(visit, await ada.app.code());
  await visit.at("/profile");
});

both("Whoever is asked can start over, and guesses end the attempt with a word", async (visit) => {
  const { page } = visit;
  const ada = await stranger(visit);
  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/two-factor");
  await press(page, "Start over");
  await visit.at("/sign-in");
  assert.equal(new URL(page.url()).searchParams.get("next"), "/profile");
  await visit.open("/two-factor");
  await visit.at("/sign-in");

  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/two-factor");
  const wrong = ada.app.wrong();
  const ended = page.locator("#flash").getByText("Too many wrong codes. Sign in again.");
  for (let tries = 0; tries < 8 && !(await ended.isVisible()); tries += 1) {
    await show(visit, wrong);
    await page.locator("[aria-invalid=true]:focus").or(ended).first().waitFor();
  }
  await visit.at(/^\/sign-in\?next=%2Fprofile/);
  await outside(visit);
});

journey("The whole sign-in goes by the keyboard alone", { script: true }, async (visit) => {
  const { page } = visit;
  const { keyboard } = page;
  const ada = await stranger(visit);
  const focused = () => page.evaluate(() => document.activeElement?.textContent.trim() || document.activeElement?.name);
  /** Goes on by Tab to what is called so; whatever has the focus shows it. */
  async function tabTo(name) {
    const on = [];
    while (on.length < 40) {
      await keyboard.press("Tab");
      on.push(await focused());
      const marked = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== "none" || getComputedStyle(document.activeElement).boxShadow !== "none");
      assert.ok(marked || on.at(-1) === undefined, `nothing shows that "${on.at(-1)}" has the focus`);
      if (on.at(-1) === name) return;
    }
    assert.fail(`Tab doesn't lead to "${name}", only to ${on.join(", ")}`);
  }

  await visit.open("/sign-in");
  if ((await focused()) !== "email") await tabTo("email");
  await keyboard.type(ada.email);
  await tabTo("password");
  await keyboard.type(ada.password);
  await keyboard.press("Enter");
  await visit.at("/two-factor");
  await keyboard.type(ada.app.wrong());
  await keyboard.press("Enter");
  await refusedAt(page, "Code");
  await tabTo("Use a backup code");
  await keyboard.press("Enter");
  await visit.at(/method=backup-code/);
  await keyboard.type(ada.codes[0]);
  await tabTo("trust");
  await keyboard.press("Space");
  await tabTo("Sign in");
  await keyboard.press("Enter");
  await visit.at("/");
  await headed(page, `Hello, ${ada.name}`);
  assert.ok((await visit.context.cookies()).some(({ name }) => /trust/.test(name)));
});

server?.both("Whoever takes too long signs in again, and still gets to where they were going", async (visit) => {
  const { page } = visit;
  const ada = await stranger(visit);
  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/two-factor");
  await database.expire("challenges");
  await show(visit, await ada.app.code());
  await visit.at("/sign-in");
  await says(page, "That took too long. Sign in again.");
  await outside(visit);
  await signIn(visit, ada, page.url());
  await visit.at("/two-factor");
  await show(visit, await ada.app.code());
  await visit.at("/profile");
});
