"""The rules of counting, without a database, a broker or a clock of their own."""
