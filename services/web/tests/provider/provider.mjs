// A certified OpenID provider (oidc-provider) as the city's could be set up. Told what to be by one line of JSON on its
// standard input; says its address on its standard output once it listens; ends when its input does.
//
// Who signs in is whoever the page of `devInteractions` is told; their claims come from that line. What a test wants
// changed while it runs comes as further lines: {"keys": [...]} signs with other keys from then on.

import { createInterface } from "node:readline";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = JSON.parse((await lines.next()).value);
const { client, claims, audience } = told;
const issuer = `http://127.0.0.1:${told.port}`;

const made = (keys) => {
  const provider = new Provider(issuer, {
    adapter: undefined,
    clients: [{
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [client.redirect],
      post_logout_redirect_uris: [client.signed_out],
      backchannel_logout_uri: client.notices,
      // Without these two no `sid` stands in the ID token.
      backchannel_logout_session_required: true,
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    }],
    jwks: { keys },
    cookies: { keys: ["of the tests"] },
    pkce: { required: () => true },
    // The claims of scopes stand in the ID token, and not at userinfo alone.
    conformIdTokenClaims: false,
    claims: {
      openid: ["sub", "amr", "loa"],
      profile: ["name", "given_name", "family_name"],
      email: ["email", "email_verified"],
      ad_groups: ["ad_groups"],
    },
    scopes: ["openid", "offline_access", "profile", "email", "ad_groups"],
    findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ ...(claims[sub] ?? {}), sub }) }),
    extraTokenClaims: (_, token) => ({ ...(claims[token.accountId] ?? {}), azp: client.id }),
    features: {
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "openid profile email ad_groups",
          audience: "omatoimi-api",
          accessTokenFormat: "jwt",
          accessTokenTTL: told.access_seconds ?? 300,
        }),
      },
    },
    issueRefreshToken: () => Boolean(told.refresh),
    ttl: { Session: 86400, Grant: 86400, IdToken: 3600, Interaction: 3600, RefreshToken: 86400 },
  });
  provider.on("server_error", (_, error) => console.error(error));
  provider.on("grant.error", (_, error) => console.error("grant.error", error.error, error.error_detail ?? ""));
  provider.on("backchannel.error", (_, error) => console.error("backchannel.error", error.message));
  return provider.callback();
};

let answer = made(told.keys);
const server = createServer((request, response) => answer(request, response));
server.listen(told.port, "127.0.0.1", () => console.log(issuer));
for (let next = await lines.next(); !next.done; next = await lines.next()) {
  answer = made(JSON.parse(next.value).keys);
  console.log("keys");
}
process.exit(0);
