// The pages of organizations in every state, and how to get there; pages.mjs adds them to the others.
import { box, create, createRole, createTeam, crowd, founder, invite, joined, named, post } from "./organizations.mjs";
import { headed, member, person, press, refusedAt } from "./people.mjs";

/** As long as names get. */
const LONG = "Gesellschaft zur Förderung mechanischer Rechenanlagen und ihrer Anwendungen";

/** Opens a page of an organization as who founded it. */
const as = (path, then) => async (visit) => {
  const founded = await founder(visit, named());
  await visit.open(founded.place.path(path));
  await then?.(visit, founded);
};

/** The same, after something was done to it; `prepare` may give where to go instead. */
const after = (prepare, path, then) => async (visit) => {
  const founded = await founder(visit, named());
  const made = await prepare(visit, founded);
  await visit.open(founded.place.path(typeof path === "function" ? path(made) : path));
  await then?.(visit, { ...founded, made });
};

/** As a member in that role; who asks is the guest's browser, so that the founder's is the other one. */
const within = (path, then, { role = "member", before } = {}) => async (visit) => {
  const host = await visit.another();
  const founded = await founder(host, named(), person("Charles Babbage"));
  const made = await before?.(host, founded);
  const someone = await member(visit, person("Grace Hopper"));
  const invited = await post(host, "/invite-member", { email: someone.email, role, teamId: made?.teams ?? [] });
  const { member: mine } = await post(visit, "/accept-invitation", { invitationId: invited.id });
  const rest = typeof path === "function" ? path({ ...made, mine: mine.id }) : path;
  await visit.open(founded.place.path(rest));
  await then?.(visit, { ...founded, host, mine: mine.id });
};

/** An organization of sixty, some of them with names as long as names get, with teams, roles and invitations; `path` gets ids. */
const filled = (path, then) => ({
  on: "postgres",
  async set(visit) {
    const { ada, place } = await founder(visit, named(LONG));
    const people = Array.from({ length: 60 }, (_, at) => ({
      name: at % 7 ? `${["Mary", "Katherine", "Annie", "Joan", "Hedy"][at % 5]} ${["Somerville", "Johnson", "Easley", "Clarke", "Lamarr", "Hamilton"][at % 6]}` : `Maria-Magdalena Freifrau von und zu Hohenlohe-Waldenburg-Schillingsfürst ${at}`,
      role: at % 9 ? "member" : "admin,moderator,analyst",
    }));
    await crowd(visit.database, place, people);
    const { ids } = await furnish(visit, place);
    await visit.open(place.path(typeof path === "function" ? path(ids) : path));
    await then?.(visit, { ada, place, ids });
  },
});

/** Teams, roles of its own, invitations, and roles for a time. */
async function furnish(visit, place) {
  const team = await createTeam(visit, place, "Difference Engine No. 2");
  await createTeam(visit, place, "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverwaltung");
  await createTeam(visit, place, "Support");
  await createRole(visit, place, "auditor", { reports: ["*"], data: ["read"], analytics: ["read", "export"] });
  await createRole(visit, place, "people-and-culture-manager", { member: ["create", "update"], invitation: ["create", "cancel"], team: ["update"] });
  const members = await listed(visit, place);
  const [first, second, third] = members.filter(({ role }) => role !== "owner");
  for (const { userId } of [first, second, third]) await post(visit, "/add-team-member", { teamId: team, userId, organizationId: place.id });
  const soon = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
  const give = (data) => post(visit, "/assign-role", { memberId: first.id, organizationId: place.id, ...data });
  await give({ role: "auditor", startsAt: soon(-40), endsAt: soon(1) });
  await visit.database.run("UPDATE assignments SET ends_at = now() - interval '3 days'");
  await give({ role: "moderator", endsAt: soon(20) });
  await give({ role: "analyst", teamId: team, startsAt: soon(7) });
  await give({ role: "people-and-culture-manager", resourceKind: "report", resourceId: "2026-Q3" });
  for (const email of ["mary@example.org", "a.very.long.address.of.somebody@department.of.mechanical.computing.example.org", "joan@example.org"]) {
    await post(visit, "/invite-member", { email, role: ["member", "auditor"], teamId: [team], organizationId: place.id });
  }
  return { ids: { team, first: first.id, name: first.user.name } };
}

async function listed(visit, place) {
  const answer = await visit.context.request.get(`/api/auth/organization/list-members?organizationId=${place.id}&limit=100`);
  return (await answer.json()).members;
}

/** The invitation that `guest` gets from an organization of somebody else's; gives its link. */
async function invited(visit, guest, roles = ["Moderator"]) {
  const host = await visit.another();
  const { place } = await founder(host, named(), person("Charles Babbage"));
  await invite(host, place, guest.email, { roles });
  const link = await visit.mail.link(guest.email, "/invitations/");
  return link;
}

async function linkOf(visit) {
  const host = await visit.another();
  const { place } = await founder(host, named(), person("Charles Babbage"));
  await host.open(place.path("/invitations"));
  await press(host.page, "Make a link");
  const link = (await host.page.locator("#link").innerText()).trim();
  return link;
}

async function role(visit, place, { name, permissions, inherits = [] }) {
  const { page } = visit;
  await visit.open(place.path("/roles/new"));
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Permissions", { exact: true }).fill(permissions);
  for (const one of inherits) await box(page.getByRole("group", { name: "It also has everything of" }), one).check();
  await press(page, "See what changes");
}

async function saved(visit, place, draft) {
  await role(visit, place, draft);
  await press(visit.page, "Save");
  await visit.page.locator("#flash").waitFor();
}

const ask = async ({ page }, permission, who) => {
  if (who) await page.getByLabel("Who", { exact: true }).fill(who);
  await page.getByLabel("May do what").fill(permission);
  await press(page, "Check");
};

/** By name, as in pages.mjs. */
export const organizationPages = {
  "organizations-none": { set: (visit) => member(visit).then(() => visit.open("/organizations")) },
  organizations: {
    async set(visit) {
      const ada = person();
      const link = await invited(visit, ada);
      await founder(visit, named(), ada);
      await create(visit, named(LONG));
      await visit.open("/organizations");
      await visit.page.getByText("You are invited").waitFor();
      if (!link) throw new Error("no invitation");
    },
  },
  "organizations-new": { set: (visit) => member(visit).then(() => visit.open("/organizations/new")) },
  "organizations-new-refused": {
    set: as("", async (visit, { place }) => {
      await visit.open("/organizations/new");
      await visit.page.getByLabel("Name", { exact: true }).fill("Another one");
      await visit.page.getByLabel("Web address").fill(place.slug);
      await press(visit.page, "Create organization");
      await refusedAt(visit.page, "Web address");
    }),
  },
  "organizations-full": {
    set: as("", async (visit) => {
      for (let more = 1; more < 5; more += 1) await create(visit);
      await visit.open("/organizations/new");
      await headed(visit.page, "You own as many organizations as you may");
    }),
  },
  "organization-door": {
    async set(visit) {
      await member(visit);
      await visit.open("/organizations/new");
      await visit.page.getByLabel("Name", { exact: true }).fill(named());
      await press(visit.page, "Create organization");
      await headed(visit.page, "Set up a second step");
    },
  },
  "organization-created": {
    set: as("", async (visit) => {
      await visit.open("/organizations/new");
      await visit.page.getByLabel("Name", { exact: true }).fill(named());
      await press(visit.page, "Create organization");
      await headed(visit.page, "Overview");
    }),
  },
  "organization-elsewhere": { set: after((visit) => create(visit, named(LONG)), "") },
  "organization-filled": filled(""),
  "organization-member": { set: within("") },
  "organization-switcher": {
    set: after((visit) => create(visit, named(LONG)), "", async ({ page }) => {
      await page.getByRole("button", { name: /^Organization/ }).click();
      await page.locator("#organization-menu").waitFor();
    }),
  },
  "organization-unknown": { set: (visit) => member(visit).then(() => visit.open("/organizations/there-is-none")) },
  "organization-forbidden": { set: within("/invitations") },
  "organization-members": { set: as("/members") },
  "organization-members-filled": filled("/members"),
  "organization-members-found": filled("/members?search=Hedy&role=admin&order=name"),
  "organization-members-found-none": filled("/members?search=Turing"),
  "organization-members-member": { set: within("/members") },
  "organization-person": filled(({ first }) => `/members/${first}`),
  "organization-person-plain": { set: after(async (visit, { place }) => (await joined(visit, place)).id, (id) => `/members/${id}`) },
  "organization-person-saved": {
    set: after(async (visit, { place }) => (await joined(visit, place)).id, (id) => `/members/${id}`, async ({ page }) => {
      await box(page, "Moderator").check();
      await press(page, "Save roles");
      await page.locator("#flash").waitFor();
    }),
  },
  "organization-person-refused": {
    set: after(async (visit, { place }) => (await joined(visit, place)).id, (id) => `/members/${id}`, async ({ page }) => {
      await page.getByLabel("Role", { exact: true }).selectOption("moderator");
      await page.getByLabel("From", { exact: true }).fill("2031-01-01T09:00");
      await page.getByLabel("Until", { exact: true }).fill("2030-01-01T09:00");
      await press(page, "Give role");
      await refusedAt(page, "Until");
    }),
  },
  "organization-person-nothing-chosen": {
    set: after(async (visit, { place }) => (await joined(visit, place)).id, (id) => `/members/${id}`, async ({ page }) => {
      await press(page, "Give role");
      await refusedAt(page, "Role");
    }),
  },
  "organization-person-without-role": {
    set: after(async (visit, { place }) => (await joined(visit, place)).id, (id) => `/members/${id}`, async ({ page }) => {
      await box(page, "Member").uncheck();
      await press(page, "Save roles");
      await page.getByText("Choose at least one role.").waitFor();
    }),
  },
  "organization-person-oneself": { set: within(({ mine }) => `/members/${mine}`) },
  "organization-person-remove": { set: after(async (visit, { place }) => (await joined(visit, place)).id, (id) => `/members/${id}/remove`) },
  "organization-invitations": { set: as("/invitations") },
  "organization-invitations-filled": filled("/invitations"),
  "organization-invitations-refused": {
    set: as("/invitations", async (visit) => {
      await visit.page.getByLabel("E-mail addresses").fill(`mary@example.org\n${"x".repeat(70)}@@example.org`);
      await press(visit.page, "Send invitations");
      await refusedAt(visit.page, "E-mail addresses");
    }),
  },
  "organization-invitations-sent": {
    set: as("/invitations", async (visit) => {
      await visit.page.getByLabel("E-mail addresses").fill("mary@example.org, joan@example.org");
      await press(visit.page, "Send invitations");
      await visit.page.locator("#flash").waitFor();
    }),
  },
  "organization-invitations-limited": {
    set: within("/invitations", undefined, {
      role: "inviter",
      before: (host, { place }) => createRole(host, place, "inviter", { invitation: ["create"] }),
    }),
  },
  "organization-link": {
    set: as("/invitations", async ({ page }) => {
      await press(page, "Make a link");
      await page.locator("#link").waitFor();
    }),
  },
  "invitation-guest": { set: async (visit) => visit.open(await invited(visit, person())) },
  "invitation-link-guest": { set: async (visit) => visit.open(await linkOf(visit)) },
  invitation: {
    async set(visit) {
      const grace = await member(visit, person("Grace Hopper"));
      await visit.open(await invited(visit, grace));
      await visit.page.getByRole("button", { name: "Accept" }).waitFor();
    },
  },
  "invitation-link": {
    async set(visit) {
      await member(visit, person("Grace Hopper"));
      await visit.open(await linkOf(visit));
      await visit.page.getByRole("button", { name: "Accept" }).waitFor();
    },
  },
  "invitation-misdirected": {
    async set(visit) {
      await member(visit);
      await visit.open(await invited(visit, person()));
    },
  },
  "invitation-spent": { set: (visit) => member(visit).then(() => visit.open(`/invitations/link/${"x".repeat(43)}`)) },
  "invitation-declined": {
    async set(visit) {
      const grace = await member(visit, person("Grace Hopper"));
      await visit.open(await invited(visit, grace));
      await press(visit.page, "Decline");
      await visit.at("/organizations");
    },
  },
  "organization-teams": { set: as("/teams") },
  "organization-teams-filled": filled("/teams"),
  "organization-teams-refused": {
    set: as("/teams", async ({ page }) => {
      await page.getByLabel("Name", { exact: true }).fill(" ");
      await press(page, "Make team");
      await refusedAt(page, "Name");
    }),
  },
  "organization-team-created": {
    set: as("/teams", async ({ page }) => {
      await page.getByLabel("Name", { exact: true }).fill("Blue");
      await press(page, "Make team");
      await headed(page, "Blue");
    }),
  },
  "organization-team": filled(({ team }) => `/teams/${team}`),
  "organization-team-of-others": {
    set: within(({ team }) => `/teams/${team}`, undefined, { before: async (host, { place }) => ({ team: await createTeam(host, place, "Blue") }) }),
  },
  "organization-team-mine": {
    set: within(({ teams }) => `/teams/${teams[0]}`, undefined, { before: async (host, { place }) => ({ teams: [await createTeam(host, place, "Blue")] }) }),
  },
  "organization-team-add": filled(({ team }) => `/teams/${team}/add`),
  "organization-team-person": filled(({ team, first }) => `/teams/${team}/members/${first}`),
  "organization-team-delete": { set: after((visit, { place }) => createTeam(visit, place, "Blue"), (id) => `/teams/${id}/delete`) },
  "organization-roles": { set: as("/roles") },
  "organization-roles-own": {
    set: as("", async (visit, { place }) => {
      await saved(visit, place, { name: "auditor", permissions: "reports:*\ndata:read" });
      await saved(visit, place, { name: "lead", permissions: "content:publish", inherits: ["Auditor", "Moderator"] });
      await saved(visit, place, { name: "head-of-everything-there-is-to-decide-about", permissions: "billing:*", inherits: ["Lead", "Member"] });
      await visit.open(place.path("/roles"));
    }),
  },
  "organization-role-new": { set: as("/roles/new") },
  "organization-role-refused": {
    set: as("", async (visit, { place }) => {
      await role(visit, place, { name: "auditor", permissions: "reports:*\nwhat they want!" });
      await refusedAt(visit.page, "Permissions");
    }),
  },
  "organization-role-circle": {
    set: as("", async (visit, { place }) => {
      await saved(visit, place, { name: "auditor", permissions: "reports:*" });
      await saved(visit, place, { name: "lead", permissions: "", inherits: ["Auditor"] });
      await visit.open(place.path("/roles/auditor"));
      await box(visit.page.getByRole("group", { name: "It also has everything of" }), "Lead").check();
      await press(visit.page, "See what changes");
      await visit.page.getByText("These would inherit in a circle").waitFor();
    }),
  },
  "organization-role-preview": {
    set: as("", async (visit, { place }) => {
      await saved(visit, place, { name: "auditor", permissions: "reports:*\ndata:read" });
      for (const name of ["Grace Hopper", "Charles Babbage"]) await joined(visit, place, { role: "auditor", who: person(name) });
      await visit.open(place.path("/roles/auditor"));
      await visit.page.getByLabel("Permissions", { exact: true }).fill("reports:read\ndata:read\nanalytics:*");
      await press(visit.page, "See what changes");
      await visit.page.locator("#changes").waitFor();
    }),
  },
  "organization-role-saved": { set: as("", (visit, { place }) => saved(visit, place, { name: "auditor", permissions: "reports:*\ndata:read" })) },
  "organization-role-everywhere": filled("/roles/admin"),
  "organization-role-locked": { set: within("/roles/admin") },
  "organization-role-delete": {
    set: as("", async (visit, { place }) => {
      await saved(visit, place, { name: "auditor", permissions: "reports:*" });
      await visit.open(place.path("/roles/auditor/delete"));
    }),
  },
  "organization-role-needed": {
    set: as("", async (visit, { place }) => {
      await saved(visit, place, { name: "auditor", permissions: "reports:*" });
      await joined(visit, place, { role: "auditor" });
      await visit.open(place.path("/roles/auditor/delete"));
    }),
  },
  "organization-check": { set: as("/explain") },
  "organization-check-yes": { set: as("/explain", (visit) => ask(visit, "content:delete")) },
  "organization-check-over": filled("/explain", async (visit, { ids }) => {
    await ask(visit, "data:read", ids.first);
    await visit.page.locator("#answer").waitFor();
  }),
  "organization-check-several": filled("/explain", async (visit) => {
    await ask(visit, "reports:read", "Hedy");
    await visit.page.getByText("Whom do you mean?").waitFor();
  }),
  "organization-check-member": { set: within("/explain", (visit) => ask(visit, "member:delete")) },
  "organization-audit": { set: as("/audit") },
  "organization-audit-filled": filled("/audit"),
  "organization-audit-nothing": { set: as("/audit?search=nobody&kind=people") },
  "organization-audit-not-allowed": { set: within("/audit") },
  "organization-settings": { set: as("/settings") },
  "organization-settings-filled": filled("/settings"),
  "organization-settings-refused": {
    set: as("/settings", async ({ page }) => {
      await page.getByLabel("Web address").fill("no/good");
      await press(page, "Save");
      await refusedAt(page, "Web address");
    }),
  },
  "organization-settings-saved": {
    set: as("/settings", async ({ page }) => {
      await page.getByLabel("Name", { exact: true }).fill("Difference Engines");
      await press(page, "Save");
      await page.locator("#flash").waitFor();
    }),
  },
  "organization-settings-own-rule": {
    set: as("/settings", async ({ page }) => {
      await page.locator("label").filter({ hasText: "As we choose" }).click();
      await page.getByText("Asked of").last().waitFor();
    }),
  },
  "organization-settings-member": { set: within("/settings") },
  "organization-transfer": { set: as("/transfer") },
  "organization-transfer-refused": { set: as("/transfer?to=nobody%40example.org") },
  "organization-transfer-question": { set: after(async (visit, { place }) => (await joined(visit, place)).id, (id) => `/transfer?to=${id}`) },
  "organization-leave": { set: within("/leave") },
  "organization-leave-not-yet": { set: as("/leave") },
  "organization-delete": { set: as("/delete") },
  "organization-delete-refused": {
    set: as("/delete", async ({ page }) => {
      await page.getByRole("textbox").fill("something else");
      await press(page, "Delete the organization");
      await page.locator("[aria-invalid=true]:focus").waitFor();
    }),
  },
  "organization-delete-asked": {
    set: as("/settings", async ({ page }) => {
      await page.getByRole("link", { name: "Delete the organization" }).click();
      await page.getByRole("dialog").waitFor();
    }),
  },
};
