// What somebody notices of proof of work: with script nothing but a moment, without it a wait.
import assert from "node:assert/strict";
import { fillSignUp, person, press, refusedAt, signIn, signOut, whoami } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld({ env: { LATCHKEY_PROOF_OF_WORK__MODE: "always" } });

both("Whoever signs up while everybody pays gets there", async (visit) => {
  const { page, mail, script, context } = visit;
  const ada = person();
  await visit.open("/sign-up");
  await fillSignUp(visit, ada);
  if (!script) {
    const words = page.getByText(/Very many are trying to get in just now\. Send this again in \d+ seconds?\./);
    await words.waitFor();
    assert.equal(await page.getByLabel("E-mail").inputValue(), ada.email, "what was typed is there");
    // Tried again and again it takes no longer.
    while (await words.isVisible()) {
      await page.getByLabel("Password", { exact: true }).fill(ada.password);
      await press(page, "Create account");
      await visit.settled();
    }
  }
  await visit.at(/^\/check-mail/);
  await visit.open(await mail.link(ada.email, "verify-email"));
  await visit.at("/onboarding/experience");
  assert.equal((await whoami(visit)).email, ada.email);
  if (script) {
    await visit.open("/");
    await signOut(visit);
    await signIn(visit, { ...ada, password: "Wr0ng-enough" });
    assert.match(await refusedAt(page, "Password"), /No match/);
    await page.getByLabel("Password", { exact: true }).fill(ada.password);
    await press(page, "Sign in");
    await visit.at(/^\/onboarding/);
    const [proof] = (await context.cookies()).filter(({ name }) => name === "latchkey.proof");
    assert.ok(proof.sameSite === "Strict" && proof.expires * 1000 < Date.now() + 61_000);
  }
});

journey("Whoever asks for a link or a new password pays, too", { script: true }, async (visit) => {
  const { page, mail } = visit;
  const ada = person();
  await visit.open("/magic-link");
  await page.getByLabel("E-mail").fill(ada.email);
  await press(page, "Send link");
  await visit.at(/^\/check-mail/);
  assert.ok(await mail.link(ada.email, "magic-link/verify"));
  await visit.open("/forgot-password");
  await page.getByLabel("E-mail").fill(ada.email);
  await page.getByRole("button", { name: /^Send/ }).click();
  await visit.at(/^\/check-mail/);
});
