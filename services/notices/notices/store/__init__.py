"""All SQL of notices, one function a question."""
