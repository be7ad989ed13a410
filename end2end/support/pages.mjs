// Every page in every state that a person meets, and how to get there.
import { organizationPages } from "./organization-pages.mjs";
import { authenticator } from "./passkeys.mjs";
import { headed, fillSignUp, member, menu, person, press, refusedAt, signIn } from "./people.mjs";
import { providerPages } from "./provider-pages.mjs";
import { sessionPages } from "./session-pages.mjs";
import { twoFactorPages } from "./two-factor-pages.mjs";

const open = (path) => (visit) => visit.open(path);

/** Opens a page as somebody who is signed in. */
const as = (path, then) => async (visit) => {
  const someone = await member(visit);
  await visit.open(path);
  await then?.(visit, someone);
};

async function ask(visit, path, button) {
  const { email } = person();
  await visit.open(path);
  await visit.page.getByLabel("E-mail").fill(email);
  await press(visit.page, button);
  await visit.page.getByText(email).waitFor();
  await visit.settled();
  return email;
}

/** Makes an account and asks for the link that resets its password. */
async function forget(visit) {
  const { email } = await member(visit);
  await visit.context.clearCookies();
  await visit.open("/forgot-password");
  await visit.page.getByLabel("E-mail").fill(email);
  await press(visit.page, "Send link");
  await visit.at("/check-mail");
  await visit.open(await visit.mail.link(email, "reset-password"));
}

/** By name: how to get there. `on` is the server that shows it: `mailbox` has no SMTP server, `postgres` a clock that can be moved, `strict` asks everyone for a second step, `offering` offers accounts elsewhere. */
export const pages = {
  home: { set: open("/") },
  "home-signed-in": { set: as("/") },
  "home-menu": { set: as("/", ({ page }) => menu(page)) },
  "home-welcome-pending": {
    async set(visit) {
      await member(visit, person(), { welcome: true });
      await visit.open("/");
    },
  },
  "sign-in": { set: open("/sign-in") },
  "sign-in-refused": {
    async set(visit) {
      await signIn(visit, { email: "ada@example.org", password: "Not-the-password-1" });
      await refusedAt(visit.page, "Password");
    },
  },
  "sign-in-first": { set: open("/settings") },
  "sign-in-offline": {
    async set(visit) {
      visit.expect(/ERR_INTERNET_DISCONNECTED/);
      await visit.open("/sign-in");
      await visit.context.setOffline(true);
      await visit.page.getByLabel("E-mail, user name or phone number").fill("ada@example.org");
      await visit.page.getByLabel("Password", { exact: true }).fill("Not-the-password-1");
      await press(visit.page, "Sign in");
      await visit.page.getByText("You are offline").waitFor();
    },
  },
  "sign-in-busy": {
    async set(visit) {
      await visit.context.route("**/_fn/**", () => {});
      await signIn(visit, { email: "ada@example.org", password: "Not-the-password-1" });
      await visit.page.locator("button[aria-busy=true]").waitFor();
    },
  },
  "sign-up": { set: open("/sign-up") },
  "sign-up-refused": {
    async set(visit) {
      await visit.open("/sign-up");
      await fillSignUp(visit, { name: "Ada Lovelace", email: "ada@nowhere", password: "lovelace" });
      await refusedAt(visit.page, "E-mail");
    },
  },
  "sign-up-good-password": {
    async set(visit) {
      await visit.open("/sign-up");
      await visit.page.getByLabel("Password", { exact: true }).fill("ab1Quiet-Harbour-Lantern");
      await visit.page.getByText("Very strong").waitFor();
    },
  },
  "check-mail": {
    async set(visit) {
      await visit.open("/sign-up");
      await fillSignUp(visit, person());
      await visit.at("/check-mail");
    },
  },
  "check-mail-elsewhere": { set: open("/check-mail?about=verification") },
  "check-mail-sent-again": {
    async set(visit) {
      await ask(visit, "/forgot-password", "Send link");
      await press(visit.page, "Send it again");
      await visit.page.locator("#flash").waitFor();
    },
  },
  verify: {
    async set(visit) {
      const someone = person();
      const { context } = visit;
      await context.request.post("/api/auth/sign-up/email", { headers: { origin: visit.url }, data: { name: someone.name, email: someone.email, password: someone.password } });
      await visit.open(await visit.mail.link(someone.email, "verify-email"));
      await headed(visit.page, "Confirm your address?");
    },
  },
  "link-expired": { set: open("/verify-email?token=spent") },
  "magic-link": { set: open("/magic-link") },
  "magic-link-sent": { set: (visit) => ask(visit, "/magic-link", "Send link") },
  "magic-link-open": {
    async set(visit) {
      const email = await ask(visit, "/magic-link", "Send link");
      await visit.context.clearCookies();
      await visit.open(await visit.mail.link(email, "magic-link"));
      await headed(visit.page, "Sign in?");
    },
  },
  "email-code": { set: open("/email-code") },
  "email-code-enter": { set: (visit) => ask(visit, "/email-code", "Send code") },
  "email-code-refused": {
    async set(visit) {
      await ask(visit, "/email-code", "Send code");
      await visit.page.getByLabel("Code").fill("123");
      await press(visit.page, "Sign in");
      await refusedAt(visit.page, "Code");
    },
  },
  forgot: { set: open("/forgot-password") },
  "forgot-refused": {
    async set(visit) {
      await visit.open("/forgot-password");
      await visit.page.getByLabel("E-mail").fill("ada@nowhere");
      await press(visit.page, "Send link");
      await refusedAt(visit.page, "E-mail");
    },
  },
  reset: { set: forget },
  "reset-refused": {
    async set(visit) {
      await forget(visit);
      await visit.page.getByLabel("New password", { exact: true }).fill("short");
      await press(visit.page, "Save new password");
      await refusedAt(visit.page, "New password");
    },
  },
  "reset-expired": { set: open("/reset-password?token=spent") },
  "not-found": { set: open("/nothing/here") },
  "too-large": {
    set: as("/profile", async (visit) => {
      await visit.page.getByLabel("New picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.alloc(6 << 20) });
      await press(visit.page, "Upload");
      await headed(visit.page, "That is too large");
    }),
  },
  "method-not-allowed": { set: open("/sign-out") },
  "mailbox-empty": { on: "mailbox", set: open("/dev/mailbox") },
  mailbox: {
    on: "mailbox",
    async set(visit) {
      await visit.open("/sign-up");
      await fillSignUp(visit, person());
      await visit.at("/check-mail");
      await visit.open("/dev/mailbox");
    },
  },
  "mail-itself": {
    on: "mailbox",
    isMail: true,
    async set(visit) {
      await pages["mailbox-mail"].set(visit);
      // In the mailbox it is caged, and axe-core can't run there.
      const mail = await visit.context.request.get(await visit.page.locator("iframe").getAttribute("src"));
      await visit.page.goto("about:blank");
      await visit.page.setContent(await mail.text());
    },
  },
  "mailbox-mail": {
    on: "mailbox",
    async set(visit) {
      await ask(visit, "/magic-link", "Send link");
      await visit.open("/dev/mailbox");
      await visit.page.getByRole("link", { name: "Read" }).first().click();
      await visit.page.locator("iframe").waitFor();
    },
  },
  ...Object.fromEntries(["experience", "stack", "hardware", "focus"].map((step) => [`onboarding-${step}`, { set: welcome(step) }])),
  "onboarding-refused": {
    async set(visit) {
      await welcome("stack")(visit);
      await press(visit.page, "Continue");
      await visit.page.getByText("Choose at least one.").waitFor();
    },
  },
  "onboarding-summary": {
    async set(visit) {
      await answered(visit, "keep");
      await visit.open("/onboarding/done");
    },
  },
  "onboarding-edit": {
    async set(visit) {
      await answered(visit);
      await visit.open("/onboarding/hardware?next=%2Fprofile");
    },
  },
  "onboarding-done": {
    async set(visit) {
      await answered(visit);
      await visit.open("/onboarding/done");
    },
  },
};

Object.assign(pages, {
  profile: {
    async set(visit) {
      await answered(visit);
      await visit.open("/profile");
    },
  },
  "profile-empty": { set: as("/profile") },
  "profile-refused": {
    set: as("/profile", async (visit) => {
      await visit.page.getByText("Advanced").click();
      await visit.page.getByLabel("Preferences").fill("{ theme }");
      await press(visit.page, "Save preferences");
      await refusedAt(visit.page, "Preferences");
    }),
  },
  "profile-saved": {
    set: as("/profile", async (visit) => {
      await press(visit.page, "Save profile");
      await visit.page.locator("#flash").waitFor();
    }),
  },
  "settings-account": { set: as("/settings") },
  "settings-account-refused": {
    set: as("/settings", async (visit, { email }) => {
      await visit.page.getByLabel("New address").fill(email);
      await press(visit.page, "Change address");
      await refusedAt(visit.page, "New address");
    }),
  },
  "settings-nav": {
    set: as("/settings", async ({ page }) => {
      const summary = page.getByRole("navigation", { name: "Settings" }).locator("summary");
      if (await summary.isVisible()) await summary.click();
    }),
  },
  "settings-security": { set: as("/settings/security") },
  "settings-activity": {
    async set(visit) {
      const someone = await member(visit);
      const stranger = await visit.another();
      await signIn(stranger, { email: someone.email, password: "Not-the-password-1" });
      await refusedAt(stranger.page, "Password");
      await visit.open("/settings/security/activity");
    },
  },
  "settings-activity-nothing": { set: as("/settings/security/activity?kind=organization") },
  "settings-security-refused": {
    set: as("/settings/security", async (visit) => {
      await visit.page.getByLabel("Present password", { exact: true }).fill("Not-the-password-1");
      await visit.page.getByLabel("New password", { exact: true }).fill("Difference-Engine-2");
      await visit.page.getByText("Very strong").waitFor();
      await press(visit.page, "Change password");
      await refusedAt(visit.page, "Present password");
    }),
  },
  "settings-security-no-password": {
    async set(visit) {
      const email = await ask(visit, "/magic-link", "Send link");
      await visit.open(await visit.mail.link(email, "magic-link"));
      await visit.open("/settings/security");
    },
  },
  "settings-sessions": {
    set: as("/settings/sessions", async (visit, someone) => {
      const other = await visit.another();
      await signIn(other, someone);
      await other.at("/");
      await other.context.close();
      await visit.open("/settings/sessions");
    }),
  },
  "settings-sessions-alone": { set: as("/settings/sessions") },
  "settings-data": { set: as("/settings/data") },
  "settings-data-dialog": {
    set: as("/settings/data", async ({ page }) => {
      await page.getByRole("link", { name: "Delete my account" }).click();
      await page.getByRole("dialog").waitFor();
    }),
  },
  "delete-ask": { set: as("/settings/data/delete") },
  "delete-refused": {
    set: as("/settings/data/delete", async (visit) => {
      await visit.page.getByLabel("Type “delete my account”").fill("no");
      await press(visit.page, "Send the mail");
      await refusedAt(visit.page, "Type “delete my account”");
    }),
  },
  "delete-confirm": {
    set: as("/settings/data/delete", async (visit, { email }) => {
      await visit.page.getByLabel("Type “delete my account”").fill("delete my account");
      await press(visit.page, "Send the mail");
      await visit.at("/settings/data");
      await visit.open(await visit.mail.link(email, "delete-user"));
      await headed(visit.page, "Delete your account for good?");
    }),
  },
  broken: {
    on: "postgres",
    async set(visit) {
      visit.expect(/response: 500/);
      await member(visit);
      await visit.database.without("sessions", () => visit.open("/profile"));
      await headed(visit.page, "Something broke on our side");
    },
  },
  "foreign-form": {
    async set({ page, url }) {
      await page.setContent(`<form method="post" action="${url}/sign-out"><button>Win a prize</button></form>`);
      await page.getByRole("button").click();
      await headed(page, "This form came from somewhere else");
    },
  },
  "confirm-access": { on: "postgres", set: (visit) => outdated(visit) },
  "confirm-access-code": {
    on: "postgres",
    async set(visit) {
      await outdated(visit);
      await press(visit.page, "Send me a code");
      await visit.page.getByLabel("Code").waitFor();
    },
  },
});

Object.assign(pages, {
  "sign-in-passkey-refused": {
    async set(visit) {
      await authenticator(visit);
      await visit.open("/sign-in");
      await visit.context.setOffline(true);
      visit.expect(/ERR_INTERNET_DISCONNECTED/);
      await press(visit.page, "Sign in with a passkey");
      await visit.page.getByText("You are offline").waitFor();
    },
  },
  "passkey-offer": {
    async set(visit) {
      const someone = await member(visit);
      await visit.context.clearCookies();
      await authenticator(visit);
      await signIn(visit, someone);
      await visit.at(/^\/passkey-offer/);
    },
  },
  "settings-security-passkeys": { set: withPasskey },
  "settings-security-no-passkeys": {
    async set(visit) {
      await visit.context.addInitScript(() => delete window.PublicKeyCredential);
      await member(visit);
      await visit.open("/settings/security#passkeys");
    },
  },
  "passkey-rename": { set: (visit) => withPasskey(visit).then(() => visit.page.getByRole("link", { name: /^Rename / }).click()) },
  "passkey-rename-refused": {
    async set(visit) {
      await pages["passkey-rename"].set(visit);
      await visit.page.getByLabel("Name").fill("\u00a0");
      await press(visit.page, "Save name");
      await refusedAt(visit.page, "Name");
    },
  },
  "passkey-remove": {
    async set(visit) {
      await withPasskey(visit);
      await visit.page.getByRole("link", { name: /^Remove / }).click();
      await headed(visit.page, /^Remove “/);
    },
  },
  "confirm-access-passkey": {
    on: "postgres",
    async set(visit) {
      await withPasskey(visit);
      await visit.database.age();
      await visit.open("/confirm-access?next=/settings");
    },
  },
});

Object.assign(pages, twoFactorPages, organizationPages, providerPages, sessionPages);

/** The security page of somebody who has a passkey. */
async function withPasskey(visit) {
  await member(visit);
  const device = await authenticator(visit);
  await visit.open("/settings/security");
  await visit.page.getByLabel("Name of the new passkey").fill("Work laptop");
  await device.agree(async () => {
    await press(visit.page, "Add a passkey");
    await visit.page.locator("#flash").waitFor();
  });
}

async function outdated(visit) {
  await member(visit);
  await visit.database.age();
  await visit.open("/confirm-access?next=/settings");
}

/** A step of the questionnaire, for somebody new. */
function welcome(step) {
  return async (visit) => {
    await member(visit, person(), { welcome: true });
    await visit.open(`/onboarding/${step}`);
  };
}

/** Somebody who answered everything. */
export async function answered(visit, how = "complete", who = person()) {
  const someone = await member(visit, who, { welcome: true });
  const answers = {
    experience: "10+",
    languages: ["rust", "typescript"],
    frameworks: ["leptos", "axum"],
    os: "linux",
    cpu: "Ryzen 9 9950X",
    ram: "64",
    focus: ["backend", "full-stack"],
  };
  await visit.context.request.post("/api/auth/onboarding", { headers: { origin: visit.url }, data: how === "complete" ? { answers, action: how } : { answers } });
  return someone;
}
