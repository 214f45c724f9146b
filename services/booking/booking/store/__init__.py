"""All SQL of booking: one function a question, set-based where several are asked at once."""
