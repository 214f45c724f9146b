"""All SQL of decisions, one function a question."""
