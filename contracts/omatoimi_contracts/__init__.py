"""The contract of Omatoimi: event types, topics and the CloudEvents codec. Needs pydantic, and for digests rfc8785.

`vocabulary` has the codes and small shapes, one module a family has the types (`premises`, `booking`, `tasks`,
`organisations`, `notices`, `decisions`, `usage`, `outcomes`, `documents`, `figures`, `requests`), `topics` what stands
where, `catalogue` finds a type by its name, and `codec` turns bytes into an `Event` and back.
"""
