"""The topics of the contract, made by `generate.py` from `topics/*.yaml` and the models; change those."""

from omatoimi_contracts.topic import Topic

ANALYTICS_DEAD_LETTERS = Topic(
    name="analytics.dead-letters.v1",
    owner="analytics",
    producers=("analytics",),
    readers=("analytics",),
    class_="personal",
    key="as it came",
    partitions=1,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(),
)

ANALYTICS_METRICS = Topic(
    name="analytics.metrics.v1",
    owner="analytics",
    producers=("analytics",),
    readers=("analytics", "city"),
    class_="public",
    key="<metric>/<period>/<cell>",
    partitions=3,
    cleanup_policy="compact",
    retention_ms=-1,
    types=("omatoimi.figure.computed.v1",),
)

BOOKING_DEAD_LETTERS = Topic(
    name="booking.dead-letters.v1",
    owner="booking",
    producers=("booking",),
    readers=("booking",),
    class_="personal",
    key="as it came",
    partitions=1,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(),
)

BOOKING_EVENTS = Topic(
    name="booking.events.v1",
    owner="booking",
    producers=("booking",),
    readers=("booking", "notices", "decisions", "analytics", "people", "city"),
    class_="public",
    key="<municipality>/<premises>; <request> or <search> for those",
    partitions=6,
    cleanup_policy="delete",
    retention_ms=-1,
    types=(
        "omatoimi.attendance.counted.v1",
        "omatoimi.booking.attended.v1",
        "omatoimi.booking.cancelled.v1",
        "omatoimi.booking.confirmed.v1",
        "omatoimi.booking.moved.v1",
        "omatoimi.booking.refused.v1",
        "omatoimi.booking.unattended.v1",
        "omatoimi.hours.set.v1",
        "omatoimi.premises.changed.v1",
        "omatoimi.premises.registered.v1",
        "omatoimi.premises.retired.v1",
        "omatoimi.request.rejected.v1",
        "omatoimi.search.performed.v1",
        "omatoimi.space.blocked.v1",
        "omatoimi.space.changed.v1",
        "omatoimi.space.registered.v1",
        "omatoimi.space.retired.v1",
        "omatoimi.space.unblocked.v1",
        "omatoimi.task.cancelled.v1",
        "omatoimi.task.done.v1",
        "omatoimi.task.moved.v1",
        "omatoimi.task.opened.v1",
        "omatoimi.task.reopened.v1",
        "omatoimi.walk-in.counted.v1",
    ),
)

BOOKING_REQUESTS = Topic(
    name="booking.requests.v1",
    owner="booking",
    producers=("channels",),
    readers=("booking",),
    class_="personal",
    key="<municipality>/<premises>",
    partitions=6,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(
        "omatoimi.attendance.requested.v1",
        "omatoimi.blocking.requested.v1",
        "omatoimi.booking.requested.v1",
        "omatoimi.cancellation.requested.v1",
        "omatoimi.check-in.requested.v1",
        "omatoimi.hours.requested.v1",
        "omatoimi.move.requested.v1",
        "omatoimi.premises.requested.v1",
        "omatoimi.space.requested.v1",
        "omatoimi.task-change.requested.v1",
        "omatoimi.walk-in.requested.v1",
    ),
)

DECISIONS_DEAD_LETTERS = Topic(
    name="decisions.dead-letters.v1",
    owner="decisions",
    producers=("decisions",),
    readers=("decisions",),
    class_="personal",
    key="as it came",
    partitions=1,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(),
)

DECISIONS_DOCUMENTS = Topic(
    name="decisions.documents.v1",
    owner="decisions",
    producers=("decisions",),
    readers=("notices", "decisions", "city"),
    class_="public",
    key="<case> or <decision>",
    partitions=3,
    cleanup_policy="compact",
    retention_ms=-1,
    types=(
        "omatoimi.case-text.recorded.v1",
        "omatoimi.decision-text.recorded.v1",
    ),
    max_compaction_lag_ms=60000,
)

DECISIONS_EVENTS = Topic(
    name="decisions.events.v1",
    owner="decisions",
    producers=("decisions",),
    readers=("notices", "decisions", "analytics", "city"),
    class_="public",
    key="<case>, <record>, <request> or <search>",
    partitions=6,
    cleanup_policy="delete",
    retention_ms=-1,
    types=(
        "omatoimi.case.changed.v1",
        "omatoimi.case.published.v1",
        "omatoimi.case.removed.v1",
        "omatoimi.decision.changed.v1",
        "omatoimi.decision.published.v1",
        "omatoimi.decision.removed.v1",
        "omatoimi.feedback.answered.v1",
        "omatoimi.feedback.lapsed.v1",
        "omatoimi.feedback.received.v1",
        "omatoimi.motion.changed.v1",
        "omatoimi.motion.published.v1",
        "omatoimi.motion.removed.v1",
        "omatoimi.record.received.v1",
        "omatoimi.record.refused.v1",
        "omatoimi.request.rejected.v1",
        "omatoimi.search.performed.v1",
    ),
)

DECISIONS_REQUESTS = Topic(
    name="decisions.requests.v1",
    owner="decisions",
    producers=("channels",),
    readers=("decisions",),
    class_="personal",
    key="<case>",
    partitions=6,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(
        "omatoimi.answer.requested.v1",
        "omatoimi.feedback.requested.v1",
        "omatoimi.record.requested.v1",
    ),
)

MESSAGES_EVENTS = Topic(
    name="messages.events.v1",
    owner="people",
    producers=("people",),
    readers=("city",),
    class_="public",
    key="<kind>",
    partitions=1,
    cleanup_policy="delete",
    retention_ms=-1,
    types=("omatoimi.messages.counted.v1", "omatoimi.request.rejected.v1"),
)

NOTICES_DEAD_LETTERS = Topic(
    name="notices.dead-letters.v1",
    owner="notices",
    producers=("notices",),
    readers=("notices",),
    class_="personal",
    key="as it came",
    partitions=1,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(),
)

NOTICES_DOCUMENTS = Topic(
    name="notices.documents.v1",
    owner="notices",
    producers=("notices",),
    readers=("notices", "city"),
    class_="public",
    key="<notice>",
    partitions=3,
    cleanup_policy="compact",
    retention_ms=-1,
    types=("omatoimi.notice-text.recorded.v1",),
    max_compaction_lag_ms=60000,
)

NOTICES_EVENTS = Topic(
    name="notices.events.v1",
    owner="notices",
    producers=("notices",),
    readers=("booking", "notices", "analytics", "city"),
    class_="public",
    key="<notice>, <organisation>, <request> or <search>",
    partitions=6,
    cleanup_policy="delete",
    retention_ms=-1,
    types=(
        "omatoimi.notice.changed.v1",
        "omatoimi.notice.expired.v1",
        "omatoimi.notice.published.v1",
        "omatoimi.notice.rejected.v1",
        "omatoimi.notice.submitted.v1",
        "omatoimi.notice.withdrawn.v1",
        "omatoimi.organisation.verified.v1",
        "omatoimi.organisation.withdrawn.v1",
        "omatoimi.request.rejected.v1",
        "omatoimi.search.performed.v1",
    ),
)

NOTICES_REQUESTS = Topic(
    name="notices.requests.v1",
    owner="notices",
    producers=("channels",),
    readers=("notices",),
    class_="personal",
    key="<notice> or <organisation>",
    partitions=6,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(
        "omatoimi.approval.requested.v1",
        "omatoimi.notice-change.requested.v1",
        "omatoimi.notice.requested.v1",
        "omatoimi.rejection.requested.v1",
        "omatoimi.verification.requested.v1",
    ),
)

PEOPLE_DEAD_LETTERS = Topic(
    name="people.dead-letters.v1",
    owner="people",
    producers=("people",),
    readers=("people",),
    class_="personal",
    key="as it came",
    partitions=1,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(),
)

PEOPLE_EVENTS = Topic(
    name="people.events.v1",
    owner="people",
    producers=("people",),
    readers=("people", "booking", "notices", "decisions"),
    class_="internal",
    key="<person>, <membership>, <kind> of a message, or <request>",
    partitions=3,
    cleanup_policy="compact",
    retention_ms=-1,
    types=(
        "omatoimi.contact-details.recorded.v1",
        "omatoimi.export.prepared.v1",
        "omatoimi.membership.ended.v1",
        "omatoimi.membership.granted.v1",
        "omatoimi.message-receipt.recorded.v1",
        "omatoimi.message.created.v1",
        "omatoimi.person.erased.v1",
        "omatoimi.request.rejected.v1",
    ),
)

PEOPLE_REQUESTS = Topic(
    name="people.requests.v1",
    owner="people",
    producers=("channels", "booking", "notices", "decisions"),
    readers=("people",),
    class_="personal",
    key="<person> or <organisation>",
    partitions=3,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(
        "omatoimi.contact-details.requested.v1",
        "omatoimi.erasure.requested.v1",
        "omatoimi.export.requested.v1",
        "omatoimi.membership-end.requested.v1",
        "omatoimi.membership.requested.v1",
        "omatoimi.message-receipt.requested.v1",
        "omatoimi.message.requested.v1",
    ),
)

USAGE_EVENTS = Topic(
    name="usage.events.v1",
    owner="analytics",
    producers=("analytics",),
    readers=("analytics", "city"),
    class_="public",
    key="<unit>, or <request> of a rejection",
    partitions=6,
    cleanup_policy="delete",
    retention_ms=-1,
    types=(
        "omatoimi.heartbeat.sent.v1",
        "omatoimi.help.given.v1",
        "omatoimi.help.requested.v1",
        "omatoimi.item.shown.v1",
        "omatoimi.request.rejected.v1",
        "omatoimi.satisfaction.rated.v1",
        "omatoimi.session.abandoned.v1",
        "omatoimi.session.completed.v1",
        "omatoimi.session.started.v1",
        "omatoimi.visit.counted.v1",
    ),
)

USAGE_REQUESTS = Topic(
    name="usage.requests.v1",
    owner="analytics",
    producers=("channels",),
    readers=("analytics",),
    class_="personal",
    key="<unit>",
    partitions=6,
    cleanup_policy="delete",
    retention_ms=604800000,
    types=(
        "omatoimi.display.requested.v1",
        "omatoimi.heartbeat.requested.v1",
        "omatoimi.help-call.requested.v1",
        "omatoimi.help-given.requested.v1",
        "omatoimi.rating.requested.v1",
        "omatoimi.session-end.requested.v1",
        "omatoimi.session-start.requested.v1",
        "omatoimi.visit.requested.v1",
    ),
)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        ANALYTICS_DEAD_LETTERS,
        ANALYTICS_METRICS,
        BOOKING_DEAD_LETTERS,
        BOOKING_EVENTS,
        BOOKING_REQUESTS,
        DECISIONS_DEAD_LETTERS,
        DECISIONS_DOCUMENTS,
        DECISIONS_EVENTS,
        DECISIONS_REQUESTS,
        MESSAGES_EVENTS,
        NOTICES_DEAD_LETTERS,
        NOTICES_DOCUMENTS,
        NOTICES_EVENTS,
        NOTICES_REQUESTS,
        PEOPLE_DEAD_LETTERS,
        PEOPLE_EVENTS,
        PEOPLE_REQUESTS,
        USAGE_EVENTS,
        USAGE_REQUESTS,
    )
}
"""Every topic by its logical name."""
