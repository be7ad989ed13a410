// A virtual authenticator in a visitor's page, by the browser's own protocol: what the device does when it is asked for a passkey.

const HONEST = {
  protocol: "ctap2",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: false,
};

/**
 * Gives the visitor's device an authenticator. Its user agrees to nothing until told to. Where the browser `suggests` passkeys in the
 * name field, whoever agrees takes the first one there is, without a press.
 */
export async function authenticator({ context, page }, { suggests = false } = {}) {
  if (!suggests) await context.addInitScript(() => (PublicKeyCredential.isConditionalMediationAvailable = async () => false));
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options: HONEST });
  const send = (command, more = {}) => session.send(`WebAuthn.${command}`, { authenticatorId, ...more });
  const present = (enabled) => send("setAutomaticPresenceSimulation", { enabled });
  const credentials = async () => (await send("getCredentials")).credentials;
  return {
    credentials,
    /** The user agrees at once to whatever is asked while `act` runs; what was asked before waits on. */
    async agree(act) {
      await present(true);
      try {
        return await act();
      } finally {
        await present(false);
      }
    },
    /** Whether the user can show a finger or the PIN. */
    verified: (isUserVerified) => send("setUserVerified", { isUserVerified }),
    /** Lets its only key think that it has signed `signCount` times. */
    async turn(signCount) {
      const [credential] = await credentials();
      await send("removeCredential", { credentialId: credential.credentialId });
      await send("addCredential", { credential: { ...credential, signCount } });
    },
  };
}
