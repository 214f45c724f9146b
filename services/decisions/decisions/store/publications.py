"""What can be seen: cases, motions and decisions as they are now."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from chassis import Connection
from omatoimi_contracts.vocabulary import Slot
from pydantic import TypeAdapter

from decisions.domain.districts import Match
from decisions.domain.keys import case_number
from decisions.domain.search import index_words, query_words
from decisions.gazetteer import Gazetteer
from decisions.lemmas import lemma
from decisions.publication import Publication
from decisions.words import Words

SAVE = """
insert into decisions.publication as p (kind, key, case_key, body, body_name, primary_districts, mentioned_districts,
    evidence, words, digest, state, decided, section, answer_by, hearing_start, hearing_end, made, version, removed,
    search, published_at, changed_at, search_form)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
    setweight(to_tsvector('finnish', $20::text), 'A') || to_tsvector('finnish', $21::text), $22, $22, $23)
on conflict (kind, key) do update set case_key = excluded.case_key, body = excluded.body,
    body_name = excluded.body_name, primary_districts = excluded.primary_districts,
    mentioned_districts = excluded.mentioned_districts, evidence = excluded.evidence, words = excluded.words,
    digest = excluded.digest, state = excluded.state, decided = excluded.decided, section = excluded.section,
    answer_by = excluded.answer_by, hearing_start = excluded.hearing_start, hearing_end = excluded.hearing_end,
    made = excluded.made, version = excluded.version, removed = excluded.removed, search = excluded.search,
    published_at = case when p.removed then excluded.published_at else p.published_at end,
    changed_at = excluded.changed_at, search_form = excluded.search_form
"""
SEARCH_FORM = 1
"""How words are indexed: where that changes it becomes greater, and what was indexed before is indexed anew."""
INDEX = """
update decisions.publication set search_form = $5,
    search = setweight(to_tsvector('finnish', $3::text), 'A') || to_tsvector('finnish', $4::text)
where kind = $1 and key = $2
"""
# By number and not by time: who waited for the lock has an older clock.
FIRST = """
select distinct on (case_key) * from decisions.publication
where case_key = any($1::text[]) and kind in ('decision', 'motion') and not removed
order by case_key, number
"""
AREA = """
select * from decisions.publication
where kind = 'decision' and not removed and ($1::text[] is null or primary_districts && $1)
order by coalesce(decided, (published_at at time zone current_setting('omatoimi.zone'))::date) desc,
    published_at desc, key
limit $2 offset $3
"""
# A case that was made from a decision, or in which something was decided, is told by its decisions.
OPEN = """
select * from decisions.publication c
where kind = 'case' and not removed and not made and ($1::text[] is null or primary_districts && $1)
    and not exists (select from decisions.publication d
        where d.case_key = c.key and d.kind = 'decision' and not d.removed)
order by changed_at desc, key
limit $2 offset $3
"""
FOUND = """
select p.*, count(*) over () as hits from decisions.publication p, websearch_to_tsquery('finnish', $1) q
where not removed and search @@ q
order by ts_rank(search, q) desc, changed_at desc, kind, key
limit $2
"""
MAX_SEARCHED = 300_000
"""Characters of a text that are searched: PostgreSQL's vector of words holds 1 MB."""

_WORDS: TypeAdapter[tuple[Words, ...]] = TypeAdapter(tuple[Words, ...])
_EVIDENCE: TypeAdapter[tuple[Match, ...]] = TypeAdapter(tuple[Match, ...])


@dataclass(frozen=True, slots=True)
class ShownPublication:
    """A publication with when it was first published and last changed."""

    publication: Publication
    published_at: datetime
    changed_at: datetime


async def find(conn: Connection, kind: str, key: str) -> ShownPublication | None:
    """Return a publication by its key, also when it was removed."""
    row = await conn.fetchrow("select * from decisions.publication where kind = $1 and key = $2", kind, key)
    return _shown(row) if row else None


async def of_keys(conn: Connection, kinds: Collection[str], keys: Collection[str]) -> list[Publication]:
    """Return the publications of these kinds and keys, removed ones too."""
    rows = await conn.fetch(
        "select * from decisions.publication where kind = any($1::text[]) and key = any($2::text[])",
        list(kinds),
        list(keys),
    )
    return [_shown(row).publication for row in rows]


async def of_case(conn: Connection, case: str) -> list[ShownPublication]:
    """Return the motions and decisions of a case that can be seen, in the order they were made."""
    rows = await conn.fetch(
        "select * from decisions.publication where case_key = $1 and kind <> 'case' and not removed"
        " order by decided nulls last, section, key, kind desc",
        case,
    )
    return [_shown(row) for row in rows]


async def first_of_cases(conn: Connection, cases: Collection[str]) -> dict[str, Publication]:
    """Tell what was published first in each of these cases, and can still be seen."""
    return {row["case_key"]: _shown(row).publication for row in await conn.fetch(FIRST, list(cases))}


async def of_area(conn: Connection, districts: Sequence[str] | None, limit: int, offset: int) -> list[ShownPublication]:
    """Return the decisions whose primary districts are among these (all, where None), the newest first."""
    rows = await conn.fetch(AREA, None if districts is None else list(districts), limit, offset)
    return [_shown(row) for row in rows]


async def open_of_area(
    conn: Connection, districts: Sequence[str] | None, limit: int, offset: int
) -> list[ShownPublication]:
    """Return the cases in which nothing was decided yet, by their primary districts; what changed last comes first."""
    rows = await conn.fetch(OPEN, None if districts is None else list(districts), limit, offset)
    return [_shown(row) for row in rows]


async def found(conn: Connection, words: str, gazetteer: Gazetteer, limit: int) -> tuple[int, list[ShownPublication]]:
    """Tell how many publications hold these words in any of their forms, and the best of them."""
    rows = await conn.fetch(FOUND, query_words(gazetteer, words, lemma), limit)
    return (rows[0]["hits"] if rows else 0), [_shown(row) for row in rows]


async def save(conn: Connection, publications: Iterable[Publication], gazetteer: Gazetteer, now: datetime) -> None:
    """Write publications as they are now."""
    await conn.executemany(
        SAVE, [(*_columns(publication, gazetteer), now, SEARCH_FORM) for publication in publications]
    )


async def index_anew(conn: Connection, gazetteer: Gazetteer, limit: int) -> int:
    """Index some publications whose words were indexed in another way; their rows are ours until the transaction
    ends."""
    rows = await conn.fetch(
        "select * from decisions.publication where search_form < $1 order by kind, key limit $2 for update skip locked",
        SEARCH_FORM,
        limit,
    )
    changed = [
        (p.kind, p.key, *_searched(p, gazetteer), SEARCH_FORM) for p in (_shown(row).publication for row in rows)
    ]
    await conn.executemany(INDEX, changed)
    return len(rows)


def _columns(p: Publication, gazetteer: Gazetteer) -> tuple[object, ...]:
    return (
        p.kind,
        p.key,
        p.case,
        p.body,
        p.body_name,
        p.primary,
        p.mentioned,
        _EVIDENCE.dump_json(p.evidence).decode(),
        _WORDS.dump_json(p.words).decode(),
        p.digest,
        p.state,
        p.decided,
        p.section,
        p.answer_by,
        p.hearing.start if p.hearing else None,
        p.hearing.end if p.hearing else None,
        p.made,
        p.version,
        p.removed,
        *_searched(p, gazetteer),
    )


def _searched(p: Publication, gazetteer: Gazetteer) -> tuple[str | None, str | None]:
    """Return title and text to search in; none of what cannot be seen, nor of a case that only repeats its decision."""
    if p.removed or p.made:
        return None, None
    number = (p.case,) if case_number(p.case) else ()
    titles = "\n".join((*number, *(words.title for words in p.words)))
    texts = "\n".join(
        part for words in p.words for section in words.sections for part in (section.title, *section.paragraphs)
    )
    return (
        index_words(gazetteer, titles[:MAX_SEARCHED], lemma),
        index_words(gazetteer, texts[:MAX_SEARCHED], lemma),
    )


def _shown(row: asyncpg.Record) -> ShownPublication:
    start, end = row["hearing_start"], row["hearing_end"]
    publication = Publication(
        kind=row["kind"],
        key=row["key"],
        case=row["case_key"],
        body=row["body"],
        body_name=row["body_name"],
        primary=tuple(row["primary_districts"]),
        mentioned=tuple(row["mentioned_districts"]),
        evidence=_EVIDENCE.validate_json(row["evidence"]),
        words=_WORDS.validate_json(row["words"]),
        digest=row["digest"],
        state=row["state"],
        decided=row["decided"],
        section=row["section"],
        answer_by=row["answer_by"],
        hearing=Slot(start=start, end=end) if start else None,
        made=row["made"],
        version=row["version"],
        removed=row["removed"],
    )
    return ShownPublication(publication, row["published_at"], row["changed_at"])
