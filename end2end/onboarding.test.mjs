// The questions that greet a new user.
import assert from "node:assert/strict";
import { choose, headed, member, person, press, says, signIn } from "./support/people.mjs";
import { startWorld } from "./support/world.mjs";

const { both, journey } = await startWorld();

both("The questions are answered one a page, back and forth, on two devices, and edited at the end", async (visit) => {
  const { page, another } = visit;
  const ada = await member(visit, person(), { welcome: true });
  await visit.open("/onboarding");
  await visit.at("/onboarding/experience");
  await page.getByText("Experience, 1 of 4").waitFor();
  assert.equal(await page.getByRole("progressbar").getAttribute("aria-valuenow"), "1");
  assert.equal(await page.getByRole("button", { name: "Back" }).count(), 0);

  // Radio buttons that are required: the browser itself doesn't let go of the page.
  await press(page, "Continue");
  await page.locator("input[type=radio]:invalid").first().waitFor();
  assert.equal(new URL(page.url()).pathname, "/onboarding/experience");
  await choose(page, "3 to 5 years");
  await press(page, "Continue");
  await visit.at("/onboarding/stack");

  // Boxes can't be required one by one: the form comes back.
  await choose(page, "Axum or Actix");
  await press(page, "Continue");
  await page.getByText("Choose at least one.").waitFor();
  assert.ok(await page.getByLabel("Axum or Actix").isChecked(), "what was ticked stays");
  assert.ok(await page.getByRole("group", { name: "Languages" }).locator(":focus").count(), "the focus is at the question");
  await choose(page, "Rust");
  await choose(page, "Python");
  await press(page, "Back");
  await visit.at("/onboarding/experience");
  assert.ok(await page.getByLabel("3 to 5 years").isChecked());
  await press(page, "Continue");
  await visit.at("/onboarding/stack");
  assert.ok(await page.getByLabel("Rust").isChecked(), "going back loses nothing");
  await press(page, "Continue");
  await visit.at("/onboarding/hardware");

  // Another device goes on where this one is.
  const phone = await another({ phone: true });
  await signIn(phone, ada);
  await phone.at("/onboarding/hardware");
  await choose(phone.page, "Linux");
  await phone.page.getByLabel("Processor").fill("Ryzen 9 9950X");
  await choose(phone.page, "64 GB");
  await press(phone.page, "Continue");
  await phone.at("/onboarding/focus");
  await visit.open("/onboarding");
  await visit.at("/onboarding/focus");
  await choose(page, "Backend");
  await press(page, "Continue");

  await visit.at("/onboarding/done");
  for (const answer of ["3 to 5 years", /Python.*Rust|Rust.*Python/, "Axum or Actix", "Linux", "Ryzen 9 9950X", "64 GB", "Backend"]) {
    await page.locator("main").getByText(answer).first().waitFor();
  }
  await page.getByRole("link", { name: "Change Hardware" }).click();
  await visit.at("/onboarding/hardware");
  await page.getByLabel("Processor").fill("Apple M4");
  await press(page, "Save");
  await visit.at("/onboarding/done");
  await says(page, "Your answers are saved.");
  await page.getByText("Apple M4").waitFor();
  await press(page, "Finish");
  await visit.at("/");
  await says(page, "Everything is set up.");

  // Done is done: nobody is asked again, and all of it can be changed or deleted later.
  await visit.open("/sign-in");
  await visit.at("/");
  await visit.open("/profile");
  await page.getByText("Apple M4").waitFor();
  await visit.open("/onboarding/done");
  await press(page, "Delete my answers");
  await says(page, "Your answers are deleted.");
  assert.equal(await page.getByText("Apple M4").count(), 0);
});

both("The questions can be left for later, and the start page reminds of them until then", async (visit) => {
  const { page } = visit;
  const ada = await member(visit, person(), { welcome: true });
  await visit.open("/");
  await page.getByRole("link", { name: "Go on" }).click();
  await visit.at("/onboarding/experience");
  await choose(page, "Just starting");
  await press(page, "Skip for now");
  await visit.at("/");
  await says(page, "later, in your profile");
  assert.equal(await page.getByText("Finish setting up").count(), 0);
  await visit.context.clearCookies();
  await signIn(visit, ada);
  await visit.at("/");
  await visit.open("/onboarding/experience");
  assert.ok(await page.getByLabel("Just starting").isChecked(), "what was ticked before the skip is kept");
});

journey("A step that doesn't exist is a page that says so", { script: false }, async (visit) => {
  await member(visit);
  const response = await visit.open("/onboarding/nonsense");
  assert.equal(response.status(), 404);
  await headed(visit.page, "There is no page here");
});
