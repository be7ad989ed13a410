// The pages of second factors in every state, and how to get there; pages.mjs adds them to the others.
import { authenticator } from "./passkeys.mjs";
import { fillSignUp, headed, member, person, press, refusedAt, signIn } from "./people.mjs";
import { addNumber, owner, phone, scan, authenticatorApp, show, useUp } from "./two-factor.mjs";

const SECURITY = "/settings/security";
const SET_UP = "/settings/security/authenticator";
const BACKUP = "/settings/security/backup-codes";

/** Opens a page as somebody whose authenticator app is on. */
const as = (path, then) => async (visit) => {
  const someone = await owner(visit);
  await visit.open(path);
  await then?.(visit, someone);
};

/** Opens a page as somebody who has no second factor yet. */
const before = (path, then) => async (visit) => {
  const someone = await member(visit);
  await visit.open(path);
  await then?.(visit, someone);
};

/** Somebody who has shown the password and is asked for the rest; `how` prepares the account. */
const asked = (path, then, how) => async (visit) => {
  const someone = await owner(visit);
  await how?.(visit);
  await visit.context.clearCookies();
  await signIn(visit, someone);
  await visit.at("/two-factor");
  await visit.open(path);
  await then?.(visit, someone);
};

async function mailCodes(visit) {
  await visit.open(`${SECURITY}/mail-codes`);
  await press(visit.page, "Turn on");
  await visit.page.getByText("Codes by mail are on.").waitFor();
}

async function textCodes(visit) {
  await addNumber(visit, phone(visit));
  await visit.open(`${SECURITY}/text-codes`);
  await press(visit.page, "Turn on");
  await visit.at(SECURITY);
}

/** Signs in over again, and lets this browser be trusted. */
async function trusted(visit, someone) {
  await visit.context.clearCookies();
  await signIn(visit, someone);
  await visit.at("/two-factor");
  await visit.page.getByLabel("Don’t ask in this browser").check();
  await show(visit, await someone.app.code());
  await visit.at("/");
}

async function refused(visit, { app }, button, field = "Code") {
  await show(visit, field === "Code" ? app.wrong() : "aaaaa-AAAAA", { field, button });
  await refusedAt(visit.page, field);
}

/** By name, as in pages.mjs. */
export const twoFactorPages = {
  "authenticator-set-up": { set: before(SET_UP) },
  "authenticator-refused": {
    set: before(SET_UP, async (visit) => refused(visit, { app: authenticatorApp(await scan(visit.page)) }, "Turn on")),
  },
  "authenticator-replace": { set: as(SET_UP) },
  "authenticator-off": { set: as(`${SET_UP}/off`) },
  "backup-codes-offer": {
    set: before(SET_UP, async (visit) => {
      const app = authenticatorApp(await scan(visit.page));
      await show(visit, await app.code(), { button: "Turn on" });
      await visit.at(BACKUP);
    }),
  },
  "backup-codes": {
    set: as(BACKUP, async ({ page }) => {
      await press(page, "Make new codes");
      await headed(page, "Your backup codes");
    }),
  },
  "backup-codes-renew": { set: as(BACKUP) },
  "backup-codes-printed": {
    async set(visit) {
      await twoFactorPages["backup-codes"].set(visit);
      await visit.page.emulateMedia({ media: "print" });
    },
  },
  "mail-codes-on": { set: before(`${SECURITY}/mail-codes`) },
  "mail-codes-first": { set: before("/", mailCodes) },
  "mail-codes-off": {
    set: as("/", async (visit) => {
      await mailCodes(visit);
      await visit.open(`${SECURITY}/mail-codes`);
    }),
  },
  "text-codes-on": {
    set: before("/", async (visit) => {
      await addNumber(visit, phone(visit));
      await visit.open(`${SECURITY}/text-codes`);
    }),
  },
  "two-factor": { set: asked("/two-factor?next=%2Fprofile") },
  "two-factor-refused": { set: asked("/two-factor", (visit, someone) => refused(visit, someone, "Sign in")) },
  "two-factor-backup": { set: asked("/two-factor?method=backup-code") },
  "two-factor-backup-refused": {
    set: asked("/two-factor?method=backup-code", (visit, someone) => refused(visit, someone, "Sign in", "Backup code")),
  },
  "two-factor-mail": { set: asked("/two-factor?method=mail", undefined, mailCodes) },
  "two-factor-mail-sent": {
    set: asked(
      "/two-factor?method=mail",
      async (visit) => {
        await press(visit.page, "Send me a mail");
        await visit.at(/sent=1/);
      },
      mailCodes,
    ),
  },
  "two-factor-text": { set: asked("/two-factor?method=sms", undefined, textCodes) },
  "two-factor-text-sent": {
    set: asked(
      "/two-factor?method=sms",
      async (visit) => {
        await press(visit.page, "Send me a text message");
        await visit.at(/sent=1/);
      },
      textCodes,
    ),
  },
  "two-factor-ended": {
    set: asked("/two-factor?next=%2Fprofile", async (visit, { app }) => {
      const ended = visit.page.locator("#flash").getByText("Too many wrong codes.");
      for (let tries = 0; tries < 8 && !(await ended.isVisible()); tries += 1) {
        await show(visit, app.wrong());
        await visit.page.locator("[aria-invalid=true]:focus").or(ended).first().waitFor();
      }
    }),
  },
  "two-factor-required": {
    on: "strict",
    async set(visit) {
      await member(visit, person(), { welcome: true });
      await visit.open("/settings/sessions");
      await headed(visit.page, "Set up a second step");
    },
  },
  "settings-security-required": { on: "strict", set: (visit) => owner(visit, person(), { welcome: true }).then(() => visit.open(SECURITY)) },
  "authenticator-off-required": { on: "strict", set: (visit) => owner(visit, person(), { welcome: true }).then(() => visit.open(`${SET_UP}/off`)) },
  "settings-security-app": { set: as(SECURITY) },
  "settings-security-few-codes": {
    set: as("/", async (visit, { codes }) => {
      await useUp(visit, codes, 3);
      await visit.open(SECURITY);
    }),
  },
  "settings-security-all-on": {
    set: as(SECURITY, async (visit, someone) => {
      const device = await authenticator(visit);
      await visit.page.getByLabel("Name of the new passkey").fill("Work laptop");
      await device.agree(async () => {
        await press(visit.page, "Add a passkey");
        await visit.page.locator("#flash").waitFor();
      });
      await mailCodes(visit);
      await textCodes(visit);
      await trusted(visit, someone);
      await visit.open(SECURITY);
    }),
  },
  "confirm-access-factor": {
    set: as("/", async (visit, someone) => {
      await trusted(visit, someone);
      await visit.context.clearCookies({ name: /session/ });
      await signIn(visit, someone);
      await visit.at("/");
      await visit.open(`${SET_UP}/off`);
      await headed(visit.page, "Confirm that it’s you");
    }),
  },
  "mailbox-text": {
    on: "mailbox",
    async set(visit) {
      const { page } = visit;
      await visit.open("/sign-up");
      await fillSignUp(visit, person());
      await visit.at("/check-mail");
      await visit.open("/dev/mailbox");
      await page.getByRole("link", { name: "Read" }).first().click();
      await page.getByRole("link", { name: /verify-email/ }).click();
      await visit.at("/onboarding/experience");
      await visit.open("/settings");
      await page.getByLabel("New phone number").fill("+491512345678");
      await press(page, "Send me a code");
      await visit.at("/settings/phone");
      await visit.open("/dev/mailbox");
      await page.getByRole("listitem").filter({ hasText: "is your code" }).first().getByRole("link").click();
      await page.getByText("+491512345678").waitFor();
    },
  },
  "phone-code": {
    set: before("/settings", async (visit) => {
      await visit.page.getByLabel("New phone number").fill(phone(visit).number);
      await press(visit.page, "Send me a code");
      await visit.at("/settings/phone");
    }),
  },
  "phone-refused": {
    set: before("/settings", async (visit) => {
      await visit.page.getByLabel("New phone number").fill("0170 12");
      await press(visit.page, "Send me a code");
      await refusedAt(visit.page, "New phone number");
    }),
  },
  "settings-account-number": { set: before("/", (visit) => addNumber(visit, phone(visit))) },
};
