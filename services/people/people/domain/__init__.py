"""The rules of people: no database, no broker, no clock of their own."""
