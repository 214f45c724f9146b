"""When a district's name in a text is somebody's name: a person, a firm, a Swedish school.

Seven of ten district names are surnames too (*Koskela*, *Laakso*), and the city's titles are full of parties. A housing
company is not a party in this sense: *Kiinteistö Oy Pasilan RTI-talo* stands where its name says.
"""

import re

from decisions.gazetteer import NameForm

WINDOW = 120
"""Characters to either side that are looked at, so that a long text costs no more than its length."""

_COMPANY = re.compile(r"\b(?:Oy|Oyj|Ky|Tmi|Ab|Abp|Ltd)\b")
_HOUSING = re.compile(r"\b(?:Asunto|As|AO|Kiinteistö|Kiint|Koy|KOY|Bostads|Fastighets)\b|\bosakeyhtiö", re.IGNORECASE)
_NAME_WORD = r"(?:[A-ZÅÄÖ\d](?![\w-]*(?:ss[aä]|st[aä]|ll[aä]|lt[aä]|lle)\b)[\w.:-]*|&)"
"""A word of a company's name: capitalised, and not in a case that tells a place (*Longinojalta*)."""
_RUN_BEFORE = re.compile(rf"(?:{_NAME_WORD}\s+)*$")
_RUN_AFTER = re.compile(rf"[\w-]*(?:\s+{_NAME_WORD})*")
_ASSOCIATION = re.compile(r"\s+(?:[\w-]+\s+){0,3}(?:ry|Ry|r\.y\.|rf|r\.f\.)(?!\w)|-[Ss]eura\b")
_LIKE_A_SURNAME = re.compile(r"(?:l[aä]|nen)$")
_GIVEN_NAME = re.compile(r"[A-ZÅÄÖ][a-zåäöé]{2,}(?:-[A-ZÅÄÖ]\w+)?(?<!n)$")
_NO_GIVEN_NAME = frozenset({"heka", "hoas", "haso", "uusi", "vanha", "päiväkoti", "leikkipuisto", "koulu", "kirjasto"})
_INSTITUTION = re.compile(r"\b(?:\w*päiväkoti|LPK|lpk|leikkipuisto|\w*koti|ravintola|kahvila|laiva)\s+$", re.IGNORECASE)
_PREVIOUS = re.compile(r"(?P<before>[\w.]+\s+)?(?P<word>[A-ZÅÄÖ][\w-]*)\s+$")
_OFFICE = re.compile(
    r"(?:valtuutet|edustaj|ledamot|pormestari|johtaja|päällikkö|rehtori|puheenjohtaja)\w*\s*$", re.IGNORECASE
)
_PERSONS_ACT = re.compile(
    r"\s+(?:ym\.?\s+|m\.fl\.\s+)?(?:\w*aloit|toivomuspon|pon(?:si|ne)|motion|kläm)\w*", re.IGNORECASE
)
_SIGNED = re.compile(r"(?:aloite|motion|kläm)\w*\s+\d{1,2}\.\d{1,2}\.\d{4}\s+$", re.IGNORECASE)
"""*Valtuustoaloite 17.02.2021 Koskela Minja ...*: the surname stands after the date."""
_BY_MEMBER = re.compile(r"\w*(?:aloite|ponsi|motion|kläm)\w*\b", re.IGNORECASE)
_SURNAME_FIRST = re.compile(
    r"\s+[A-ZÅÄÖ][a-zåäöé]+(?:[ -][A-ZÅÄÖ]\w+)?\s*(?P<tail>$|,\s*(?:[Tt]oivomuspon|\w*aloit|K[Vv]?sto))"
)
"""*Koskela Minja, toivomusponsi*, and *Talousarvioaloite, ..., Koskela Minja*."""
_SCHOOL = re.compile(r"\s+(?:\w*skola|\w*gymnasi|\w*daghem|\w*förskol|\w*lågstadie|\w*högstadie)", re.IGNORECASE)


def names_a_party(text: str, start: int, end: int, form: NameForm) -> bool:
    """Tell whether the form at text[start:end] is part of somebody's name and not a place."""
    before, after = _segment(text, start, end)
    swedish_genitive = form.place.language == "sv" and form.case == "genitive"
    bare_word = form.place.is_word and form.case == "nominative"
    return (
        after.startswith((" & ", " &amp; "))
        or before.endswith(("& ", "&amp; "))
        or (swedish_genitive and bool(_SCHOOL.match(after)))
        or (bare_word and bool(_INSTITUTION.search(before)))
        or _in_company(before, after)
        or (form.case == "nominative" and not before.strip() and _signs(text, start, end))
        or _of_person(text[max(0, start - WINDOW) : start], before, after, form)
    )


def names_an_association(text: str, start: int, end: int) -> bool:
    """Tell whether the name belongs to an association: a hint at a place, but the matter may be elsewhere."""
    return bool(_ASSOCIATION.match(_segment(text, start, end)[1]))


def _segment(text: str, start: int, end: int) -> tuple[str, str]:
    """Tell what stands before and after, as far as the next comma: titles are lists of parts."""
    first, last = max(0, start - WINDOW), end + WINDOW
    comma = text.find(",", end, last)
    return text[max(first, text.rfind(",", first, start) + 1) : start], text[end : comma if comma >= 0 else last]


def _in_company(before: str, after: str) -> bool:
    run_before = _RUN_BEFORE.search(before)
    run_after = _RUN_AFTER.match(after)
    run = (run_before[0] if run_before else "") + " " + (run_after[0] if run_after else "")
    return bool(_COMPANY.search(run)) and not _HOUSING.search(run)


def _signs(text: str, start: int, end: int) -> bool:
    """Tell whether a member signs an initiative or a wish so, surname first."""
    follows = _SURNAME_FIRST.match(text, end, end + WINDOW)
    if not follows:
        return False
    if follows["tail"]:
        return start <= WINDOW and not text[:start].strip()
    return start > 0 and bool(_BY_MEMBER.match(text, 0, WINDOW))


def _of_person(whole_before: str, before: str, after: str, form: NameForm) -> bool:
    if _SIGNED.search(whole_before):
        return form.case == "nominative"
    previous = _PREVIOUS.search(before)
    if not previous:
        return False
    if _OFFICE.search(previous["before"] or "") or _PERSONS_ACT.match(after):
        return True
    surname = form.place.is_word or _LIKE_A_SURNAME.search(form.place.name)
    given_name = _GIVEN_NAME.match(previous["word"]) and previous["word"].lower() not in _NO_GIVEN_NAME
    listed = whole_before.endswith("," + before) and re.match(r"\s*(?:$|[.;])", after)
    return form.case == "nominative" and bool(surname and given_name and (previous["before"] or listed))
