// `node end2end/pictures.mjs` takes the README's pictures anew, into docs/pictures. They are committed.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch, visitor } from "./support/browser.mjs";
import { startMail } from "./support/mail.mjs";
import { answered } from "./support/pages.mjs";
import { signIn } from "./support/people.mjs";
import { startServer } from "./support/server.mjs";

const folder = fileURLToPath(new URL("../docs/pictures/", import.meta.url));
const ada = { name: "Ada Lovelace", email: "ada@example.org", password: "Analytical-Engine-1843" };
/** Her other devices: Safari on an iPhone, Firefox on Windows. */
const agents = [
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
];

const mail = await startMail();
const server = await startServer(mail.env);
const browser = await launch();

const pictures = {
  "sign-in-390-light": (visit) => visit.open("/sign-in"),
  "onboarding-390-dark": (visit) => visit.open("/onboarding/focus"),
  async "settings-sessions-1280-light"(visit) {
    for (const userAgent of agents) {
      const other = await visitor(browser, server.url, { userAgent });
      await signIn(other, ada, "/sign-in?next=%2Fprofile");
      await other.at("/profile");
    }
    await visit.open("/settings/sessions");
  },
  async "profile-1280-dark"(visit) {
    await visit.open("/profile");
    await visit.page.getByLabel("Full name").fill("Augusta Ada King, Countess of Lovelace");
    await visit.page.getByLabel("Bio").fill("Notes on the Analytical Engine, and what it might weave.");
    await visit.page.getByRole("button", { name: "Save profile" }).click();
    await visit.page.locator("#flash").waitFor();
    await visit.open("/profile");
  },
};

const first = { ...(await visitor(browser, server.url)), url: server.url, mail };
await answered(first, "keep", ada);
await mkdir(folder, { recursive: true });
for (const [name, set] of Object.entries(pictures)) {
  const [, width, theme] = /-(\d+)-(\w+)$/.exec(name);
  const storageState = name.startsWith("sign-in") ? undefined : await first.context.storageState();
  const visit = await visitor(browser, server.url, { phone: width === "390", theme, storageState });
  await set(visit);
  await visit.page.screenshot({ path: `${folder}${name}.png`, animations: "disabled", caret: "hide" });
}
await browser.close();
await server.stop();
await mail.stop();
