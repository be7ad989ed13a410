// A PostgreSQL database of a run's own, in the server that TEST_DATABASE_URL names. Without one, the product's SQLite file is used.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const server = process.env.TEST_DATABASE_URL;
const sql = (database, text) => promisify(execFile)("psql", [database, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", `--command=${text}`]);

export const hasPostgres = Boolean(server);

export async function postgres() {
  const name = `latchkey_e2e_${process.pid}_${Date.now()}`;
  await sql(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    env: { DATABASE_URL: url.href },
    /** Makes every session an hour older: nobody has shown lately who they are. */
    age: () => sql(url.href, "UPDATE sessions SET authenticated_at = authenticated_at - interval '1 hour', strong_at = strong_at - interval '1 hour'"),
    /** Lets every session end in three hours, of a day that it lasts. */
    ending: () => sql(url.href, "UPDATE sessions SET updated_at = now() - interval '21 hours', expires_at = now() + interval '3 hours'"),
    /** Lets the time of everything of a kind run out: of every link (`tokens`), session, challenge. */
    expire: (what) => sql(url.href, `UPDATE ${what} SET expires_at = expires_at - interval '30 days'`),
    /** Moves the clock for the roles that are given for a time: by as much ("2 hours") they begin and end earlier. */
    pass: (time) => sql(url.href, `UPDATE assignments SET starts_at = starts_at - interval '${time}', ends_at = ends_at - interval '${time}'`),
    /** Runs a statement. */
    run: (text) => sql(url.href, text),
    /** Does something while a table is missing. */
    async without(table, act) {
      await sql(url.href, `ALTER TABLE ${table} RENAME TO away`);
      try {
        return await act();
      } finally {
        await sql(url.href, `ALTER TABLE away RENAME TO ${table}`);
      }
    },
    stop: () => sql(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}
