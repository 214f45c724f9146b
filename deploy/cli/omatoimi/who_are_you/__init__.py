"""Who are you: the identity provider of local mode, a small real one (OpenID Connect) with ready-made persons.

It asks nobody for a password, so it is served by the process of `make run` alone and on this machine alone, and it
stands here, where no service and no web channel that runs by itself can import it (docs/adr/0025).
"""
