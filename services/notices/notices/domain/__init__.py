"""What a notice is and the rules it lives by: no database, no broker, no clock of its own."""
