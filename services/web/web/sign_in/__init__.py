"""Sign-in by OpenID Connect: the authorization code with PKCE, checked line by line (docs/adr/0025)."""
