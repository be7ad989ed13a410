// Passkeys, with Chromium's virtual authenticator: the browser, the ceremonies and the pages are the real ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasPostgres, postgres } from "./support/database.mjs";
import { authenticator } from "./support/passkeys.mjs";
import { headed, member, person, press, refusedAt, says, signIn, signOut, whoami } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld();
// Where the clock can be moved.
const server = hasPostgres ? await startWorld({ database: await postgres() }) : undefined;
if (!server) test("What depends on the clock", { skip: "TEST_DATABASE_URL names no server" });

const script = { script: true };
const SECURITY = "/settings/security";

/** Adds a passkey on the security page. */
async function add(visit, device, name = "") {
  await visit.open(SECURITY);
  await visit.page.getByLabel("Name of the new passkey").fill(name);
  await device.agree(async () => {
    await press(visit.page, "Add a passkey");
    await says(visit.page, "Your passkey is added.");
  });
}

/** Somebody signed in who has a passkey on this device. */
async function owner(visit, how) {
  const someone = await member(visit);
  const device = await authenticator(visit, how);
  await add(visit, device);
  return { ...someone, device };
}

/** Presses the button of the sign-in page, and the device's user agrees. */
async function signInByButton(visit, device, path = "/sign-in?next=%2Fprofile") {
  await visit.context.clearCookies();
  await visit.open(path);
  return device.agree(async () => {
    await press(visit.page, "Sign in with a passkey");
    await visit.at("/profile");
  });
}

/** What the page says about a passkey that didn't do. */
const alerted = (page, words) => page.getByRole("alert").getByText(words).waitFor();

const row = (page, name) => page.getByRole("list", { name: "Passkeys" }).getByRole("listitem").filter({ hasText: name });

journey("A passkey is added in the settings, signs in by the button, is renamed and removed", script, async (visit) => {
  const { page, mail } = visit;
  const ada = await member(visit);
  const device = await authenticator(visit);
  await visit.open(SECURITY);
  await page.getByText("No passkeys yet").waitFor();
  await add(visit, device, "Work laptop");
  await mail.next(ada.email, "passkey");
  await row(page, "Work laptop").getByText("not used yet").waitFor();

  // The same device holds one passkey for an account.
  await device.agree(async () => {
    await press(page, "Add a passkey");
    await alerted(page, "This device has a passkey for your account already.");
  });

  await signOut(visit);
  await signInByButton(visit, device);
  assert.equal((await whoami(visit)).email, ada.email);
  await visit.open(SECURITY);
  await row(page, "Work laptop").getByText("last used").waitFor();

  await page.getByRole("link", { name: "Rename Work laptop" }).click();
  await visit.at(/rename/);
  await page.getByLabel("Name", { exact: true }).fill("Home laptop");
  await press(page, "Save name");
  await says(page, "Your passkey is renamed.");

  await page.getByRole("link", { name: "Remove Home laptop" }).click();
  await headed(page, "Remove “Home laptop”?");
  await press(page, "Remove passkey");
  await says(page, "Your passkey is removed.");
  await page.getByText("No passkeys yet").waitFor();

  // The device still has it; here nobody knows it any more.
  await visit.context.clearCookies();
  await visit.open("/sign-in");
  await device.agree(async () => {
    await press(page, "Sign in with a passkey");
    await alerted(page, "This passkey isn’t known here any more.");
  });
  assert.equal(await whoami(visit), undefined);
});

journey("A passkey is named after where it is kept, unless it is given a name", script, async (visit) => {
  await owner(visit);
  await row(visit.page, /Chrom/).waitFor();
});

journey("A passkey signs in from the suggestions of the name field", script, async (visit) => {
  const { page, context } = visit;
  const { device, email } = await owner(visit, { suggests: true });
  await context.clearCookies();
  await visit.open("/sign-in");
  assert.equal(await page.getByLabel("E-mail").getAttribute("autocomplete"), "username webauthn");
  // Nobody presses anything: the browser takes the only suggestion there is.
  await device.agree(async () => {
    await page.goto("/sign-in?next=%2Fprofile");
    await visit.at("/profile");
  });
  assert.equal((await whoami(visit)).email, email);
});

journey("After a suggested passkey that didn't do, they are suggested again", script, async (visit) => {
  const { page, context } = visit;
  const { device } = await owner(visit, { suggests: true });
  await device.turn(100);
  await context.clearCookies();
  await device.agree(async () => {
    await page.goto("/sign-in?next=%2Fprofile");
    await visit.at("/profile");
  });
  // Far enough behind that a few more tries don't catch up.
  await device.turn(1);
  await context.clearCookies();
  let begun = 0;
  const twice = page.waitForRequest((request) => request.url().endsWith("/_fn/passkey-begin") && ++begun === 2);
  await device.agree(async () => {
    await visit.open("/sign-in?next=%2Fprofile");
    await alerted(page, "That passkey didn’t work.");
  });
  await twice;
  assert.equal(await whoami(visit), undefined);
});

journey("A passkey whose counter went back is refused, and its owner hears of it", script, async (visit) => {
  const { page, context, mail } = visit;
  const { device, email } = await owner(visit);
  await mail.next(email, "passkey");
  await device.turn(100);
  await signInByButton(visit, device);
  await device.turn(1);
  await context.clearCookies();
  await visit.open("/sign-in");
  await device.agree(async () => {
    await press(page, "Sign in with a passkey");
    await alerted(page, "That passkey didn’t work. Try again, or sign in another way.");
  });
  assert.equal(await whoami(visit), undefined);
  assert.match((await mail.next(email, "passkey")).text, /copied|copy/i);
});

journey("A device whose user shows neither finger nor PIN signs nobody in", script, async (visit) => {
  const { page, context } = visit;
  const { device } = await owner(visit);
  await device.verified(false);
  await context.clearCookies();
  await visit.open("/sign-in");
  await device.agree(async () => {
    await press(page, "Sign in with a passkey");
    await alerted(page, "It was cancelled, or took too long.");
  });
  assert.equal(await whoami(visit), undefined);
  // The button is as it was.
  await page.locator("button[aria-busy]").waitFor({ state: "detached" });
  await device.verified(true);
  await signInByButton(visit, device);
});

journey("Somebody signs up with a passkey and no password, and keeps the only way in", script, async (visit) => {
  const { page, mail } = visit;
  const grace = person("Grace Hopper");
  const device = await authenticator(visit);
  await visit.open("/sign-up");
  const button = "Sign up with a passkey";
  await page.getByLabel("Name", { exact: true }).fill(grace.name);
  await page.getByLabel("E-mail").fill("grace@nowhere");
  await press(page, button);
  assert.match(await refusedAt(page, "E-mail"), /you@example\.com/);
  assert.equal(await page.locator("[aria-invalid=true]").count(), 1, "no password is asked for");

  await page.getByLabel("E-mail").fill(grace.email);
  await device.agree(async () => {
    await press(page, button);
    await visit.at(/^\/check-mail/);
  });
  assert.equal(await whoami(visit), undefined);
  await visit.open(await mail.link(grace.email, "verify-email"));
  await visit.at("/onboarding/experience");

  await signInByButton(visit, device);
  assert.equal((await whoami(visit)).email, grace.email);
  await visit.open(SECURITY);
  await page.getByRole("link", { name: /^Remove / }).click();
  await press(page, "Remove passkey");
  await alerted(page, "This is your only way in. Add another one first.");
});

journey("After a password, a passkey is offered once where the device keeps them", script, async (visit) => {
  const { page, context } = visit;
  const ada = await member(visit);
  await context.clearCookies();
  const device = await authenticator(visit);
  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at(/^\/passkey-offer/);
  await headed(page, "Sign in faster next time");
  await device.agree(async () => {
    await press(page, "Add a passkey");
    await visit.at("/profile");
  });
  await says(page, "Your passkey is added.");
  await signInByButton(visit, device);
  await context.clearCookies();
  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/profile");
});

for (const answer of ["Not now", "Don’t ask again"]) {
  journey(`Whoever answers the offer with "${answer}" goes on and isn't asked again`, script, async (visit) => {
    const ada = await member(visit);
    await authenticator(visit);
    for (const place of [/^\/passkey-offer/, "/profile"]) {
      await visit.context.clearCookies();
      await signIn(visit, ada, "/sign-in?next=%2Fprofile");
      await visit.at(place);
      if (place !== "/profile") {
        await press(visit.page, answer);
        await visit.at("/profile");
      }
    }
  });
}

both("Where the device keeps no passkeys, none is offered", async (visit) => {
  const ada = await member(visit);
  await visit.context.clearCookies();
  await signIn(visit, ada, "/sign-in?next=%2Fprofile");
  await visit.at("/profile");
});

both("Where the browser has no passkeys, nothing asks for one", async (visit) => {
  const { page, context } = visit;
  await context.addInitScript(() => delete window.PublicKeyCredential);
  const buttons = page.getByRole("button", { name: /passkey/ });
  for (const path of ["/sign-in", "/sign-up"]) {
    await visit.open(path);
    assert.equal(await buttons.count(), 0, `a button on ${path}`);
    const room = page.locator(visit.script ? "form[data-autofill], form button[name=act]" : "form button[name=act]").first();
    assert.equal(await room.boundingBox(), null, `no room is kept on ${path}`);
  }
  await member(visit);
  await visit.open(SECURITY);
  assert.equal(await buttons.count(), 0);
  await page.getByText(visit.script ? "This browser has no passkeys." : "this page needs JavaScript").waitFor();
});

server?.journey("A passkey shows again who somebody is, before what is sensitive", script, async (visit) => {
  const { page, database } = visit;
  const { device } = await owner(visit);
  await database.age();
  await visit.open("/settings/data/delete");
  await page.getByLabel("Type “delete my account”").fill("delete my account");
  await press(page, "Send the mail");
  await device.agree(async () => {
    await press(page, "Use a passkey");
    await visit.at("/settings/data");
  });
  await says(page, "Open the mail");

  // Whoever was away too long to add a passkey comes back to where it is added.
  await database.age();
  await visit.open(SECURITY);
  await press(page, "Add a passkey");
  await visit.at(/^\/confirm-access/);
  await device.agree(async () => {
    await press(page, "Use a passkey");
    await visit.at(SECURITY);
  });
});
