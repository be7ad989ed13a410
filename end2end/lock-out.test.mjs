// What somebody sees whose account takes no password for a while, and what the owner does about it.
import assert from "node:assert/strict";
import { headed, member, press, refusedAt, signIn, signOut } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { both } = await startWorld({
  env: { LATCHKEY_LOCK_OUT__ATTEMPTS: "3", LATCHKEY_LOCK_OUT__FIRST: "4s", LATCHKEY_LOCK_OUT__LONGEST: "4s" },
});

/** Somebody elsewhere, with no cookies of ours, types three wrong passwords. */
async function lock(visit, { email }) {
  const wrong = JSON.stringify({ email, password: "Wr0ng-enough" });
  const url = new URL("/api/auth/sign-in/email", visit.page.url());
  const guess = () => fetch(url, { method: "POST", headers: { "content-type": "application/json", origin: url.origin }, body: wrong });
  for (let n = 0; n < 3; n++) assert.equal((await guess()).status, 401);
}

both("A locked account says how long, and the other ways go on", async (visit) => {
  const { context, page, open, script, expect } = visit;
  expect(/429 POST .*sign-in/);
  const someone = await member(visit);
  await context.clearCookies();
  await open("/sign-in");
  await lock(visit, someone);
  await signIn(visit, someone);
  const words = page.getByText(/Too many wrong passwords\. Use a link or a code by mail, or try again in \d seconds?\./);
  await words.waitFor();
  assert.equal(await page.getByLabel("E-mail").inputValue(), someone.email, "what was typed is there");
  if (script) {
    // It counts down in place, and goes when the time is over.
    await words.waitFor({ state: "hidden" });
  } else {
    // Tried again until it is taken: what is refused meanwhile makes it no longer.
    while (await words.isVisible()) await signIn(visit, someone);
  }
  if (script) await signIn(visit, someone);
  await visit.at("/");

  await context.clearCookies();
  await open("/sign-in");
  await lock(visit, someone);
  await page.getByRole("link", { name: "Send me a link" }).click();
  await headed(page, "Sign in with a link");
  await page.getByLabel("E-mail").fill(someone.email);
  await press(page, "Send link");
  await visit.at(/^\/check-mail/);
  await open(await visit.mail.link(someone.email, "magic-link/verify"));
  await visit.at("/");
});

both("Nobody elsewhere locks the owner's browser", async (visit) => {
  const { page, expect } = visit;
  expect(/429 POST .*sign-in/);
  const someone = await member(visit);
  await visit.open("/");
  await signOut(visit);
  await lock(visit, someone);
  await signIn(visit, { ...someone, password: "Wr0ng-enough" });
  assert.match(await refusedAt(page, "Password"), /No match/);
  await signIn(visit, someone);
  await visit.at("/");
});
