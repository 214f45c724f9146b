"""Example content: a year in a neighbourhood that nobody lives in.

| | |
|---|---|
| `plan` | all of it: a pure function of a seed and a day |
| `acts` | what it is made of: requests of channels, each at its moment |
| `calendar` `town` `rooms` | days and terms; premises and associations; which rooms are free |
| `clubs` `bookings` | who meets every week; who had which room, and what came of it |
| `stories` `decisions` | the words of the cases; their course, with hearings and comments |
| `posters` `notices` | the words of the notices; when they are told |
| `visits` | who came in at the door, help, ratings |
| `beginning` | when an installation has it |
| `ending` | takes it out again |
| `fill` | puts it through the services' handlers, by a clock of its own, in a process beside |
"""
