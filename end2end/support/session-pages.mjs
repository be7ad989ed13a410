// What pages say of the session and of the browser's other accounts.
import { comeBack, join, member, menu, person } from "./people.mjs";

/** Three people in one browser; the last one is active. */
async function three(visit) {
  await member(visit, person("Ada Lovelace"));
  await join(visit, person("Grace Brewster Hopper"));
  await join(visit, person("Radia Perlman"));
}

export const sessionPages = {
  "accounts-menu": {
    async set(visit) {
      await three(visit);
      await visit.open("/");
      await menu(visit.page);
    },
  },
  "accounts-switched": {
    async set(visit) {
      await three(visit);
      await visit.open("/");
      await menu(visit.page);
      await visit.page.getByRole("button", { name: /^Grace Brewster Hopper/ }).click();
      await visit.page.locator("#flash").waitFor();
    },
  },
  "accounts-add": {
    async set(visit) {
      await three(visit);
      await visit.open("/sign-in?add=1");
    },
  },
  "session-ending": {
    on: "postgres",
    async set(visit) {
      await member(visit);
      await visit.database.ending();
      await visit.open("/settings");
    },
  },
  "session-gone": {
    async set(visit) {
      await member(visit);
      await visit.open("/profile");
      await visit.context.clearCookies();
      await comeBack(visit.page);
      await visit.page.getByText("You’ve been signed out").waitFor();
    },
  },
  "session-other": {
    async set(visit) {
      await member(visit);
      await visit.open("/profile");
      await join(visit, person("Grace Brewster Hopper"));
      await comeBack(visit.page);
      await visit.page.getByText("You switched accounts").waitFor();
    },
  },
};
