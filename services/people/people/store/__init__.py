"""All SQL of people, one function a question."""
