"""The rules of the decisions service: reading the city's records, their places, search words, feedback and hearings.

Pure: no database, no broker, no framework, no clock of its own.
"""
