"""What booking knows and decides. Pure: no database, no broker, no clock of its own."""
