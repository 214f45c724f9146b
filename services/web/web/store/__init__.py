"""All SQL of the web channel, one function a question."""
