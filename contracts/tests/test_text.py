"""Text from outside: composed, of one or several lines, without identity codes in words, and none taken for a code."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omatoimi_contracts.catalogue import REQUESTS
from omatoimi_contracts.codec import Malformed, read
from omatoimi_contracts.requests import NoticeRequested, RecordRequested
from omatoimi_contracts.text import MASK, composed, has_identity_code, masked, one_line, several_lines

EXAMPLES = Path(__file__).parents[1] / "examples"
CODE = "131052-308T"
"""The example of the Digital and Population Data Services Agency: of nobody."""


def request(name: str, **attributes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads((EXAMPLES / f"omatoimi.{name}.requested.v1" / "full.json").read_bytes())
    return {**whole, **attributes}


def asked(act: str, **data: Any) -> Any:
    whole = request(act)
    return read(json.dumps({**whole, "data": {**whole["data"], **data}}).encode()).data


def refused(event: dict[str, Any]) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read(json.dumps(event).encode())
    return caught.value


# -- lines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "line", "lines"),
    [
        ("Huone\nA", "Huone A", "Huone\nA"),
        ("Huone\r\n\r\nA", "Huone A", "Huone\n\nA"),
        ("Huone\u2028A\u2029B\x85C\vD", "Huone A B C D", "Huone\nA\nB\nC\nD"),
        ("  Huone \t A ", "Huone A", "Huone   A"),
        ("Matti\x07Meikäläinen", "Matti Meikäläinen", "Matti Meikäläinen"),
        ("maksu \u202e01 €\u202c heti", "maksu 01 € heti", "maksu  01 €  heti"),
        ("a\u2066b\u2069c", "a b c", "a b c"),
        ("Val\u00adlila\ufeff\u200b", "Vallila", "Vallila"),
        ("\u200fשלום", "\u200fשלום", "\u200fשלום"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\u202e\n\t", "", ""),
    ],
)
def test_what_breaks_a_line_controls_or_turns_it_becomes_a_space(told: str, line: str, lines: str) -> None:
    assert one_line(told) == line
    assert several_lines(told) == lines


@given(st.text())
def test_the_rules_change_nothing_the_second_time(text: str) -> None:
    words = text.replace("\0", "")
    assert one_line(one_line(words)) == one_line(words)
    assert several_lines(several_lines(words)) == several_lines(words)
    assert "\n" not in one_line(words)
    assert masked(masked(words)) == masked(words)


def test_titles_names_and_words_of_every_request_follow_the_rules() -> None:
    premises = asked("premises", names={"fi": "Vallilan\nkirjasto"})
    assert premises.names == {"fi": "Vallilan kirjasto"}
    assert asked("space", names={"fi": "Huone\u202eA"}).names == {"fi": "Huone A"}
    notice = asked("notice", titles={"fi": "Tal\x07koot\r\n"}, texts={"fi": "Tule\r\nmukaan\u2066"})
    assert (notice.titles, notice.texts) == ({"fi": "Tal koot"}, {"fi": "Tule\nmukaan"})
    assert asked("notice-change", titles={"fi": "a\tb"}).titles == {"fi": "a b"}
    assert asked("verification", name="Vallila\n-seura").name == "Vallila -seura"
    assert asked("feedback", text="Puu\rPenkki").text == "Puu\nPenkki"
    assert asked("answer", text=" Kyllä\x00".replace("\x00", "")).text == "Kyllä"
    blank = request("feedback")
    assert refused({**blank, "data": {**blank["data"], "text": " \u202e\n"}}).pointer == "/data/text"
    null = request("notice")
    fault = refused({**null, "data": {**null["data"], "titles": {"fi": "a\0"}}})
    assert (fault.pointer, "null character" in fault.reason) == ("/data/titles/fi", True)


# -- one character, however it was typed -----------------------------------------------------------------------------


def test_a_request_is_composed_by_whatever_door_it_comes() -> None:
    whole = request("notice")
    decomposed = {**whole, "data": {**whole["data"], "titles": {"fi": "Pa\u0308iva\u0308"}}}
    in_escapes, as_signs = json.dumps(decomposed).encode(), json.dumps(decomposed, ensure_ascii=False).encode()
    headers = [(f"ce_{name}", str(part).lower().encode() if isinstance(part, bool) else str(part).encode())
               for name, part in whole.items() if name not in ("data", "datacontenttype")]  # fmt: skip
    body = json.dumps(decomposed["data"], ensure_ascii=False).encode()
    encoded = {
        **{name: part for name, part in whole.items() if name != "data"},
        "data_base64": b64encode(body).decode(),
    }
    for value, more in ((in_escapes, []), (as_signs, []), (body, headers), (json.dumps(encoded).encode(), [])):
        data = read(value, more).data
        assert isinstance(data, NoticeRequested)
        assert data.titles == {"fi": "P\u00e4iv\u00e4"}


def test_names_within_a_record_are_composed_and_none_may_become_another() -> None:
    whole = request("record", data={"kind": "case", "content": {"A\u030a": "o\u0308"}})
    data = read(json.dumps(whole).encode()).data
    assert isinstance(data, RecordRequested)
    assert data.content == {"\u00c5": "\u00f6"}
    assert composed(["e\u0301", {"a": 1.5, "b": [None, True]}]) == ["\u00e9", {"a": 1.5, "b": [None, True]}]
    twice = request("record", data={"kind": "case", "content": {"A\u030a": 1, "\u00c5": 2}})
    assert "same name, written in two ways" in refused(twice).reason


# -- identity codes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", "+-YXWVUABCDEF")
def test_an_identity_code_of_every_century_is_known(separator: str) -> None:
    assert has_identity_code(f"131052{separator}308T")
    assert has_identity_code(f"131052{separator}308t".lower())
    assert masked(f"(131052{separator}308T)") == f"({MASK})"


def test_word_processors_hyphens_are_hyphens() -> None:
    assert masked("131052\u2013308T, 131052\u2011308t") == f"{MASK}, {MASK}"


@pytest.mark.parametrize(
    "text",
    [
        "131052-308U",  # another check character
        "311152-308T",  # no 31 November
        "290201-308" + "0123456789ABCDEFHJKLMNPRSTUVWXY"[290201308 % 31],  # 1901 was no leap year
        "131052G308T",
        "1131052-308T",
        "131052-308TT",
        "HEL-2021-012634",
        "1234567-8",
        "019ac1f2-7a00-7c3e-9d54-3b2f6a1e8c07",
        "13.10.52-308T",
    ],
)
def test_what_only_looks_like_one_is_left_alone(text: str) -> None:
    assert not has_identity_code(text)
    assert masked(text) == text


def test_the_leap_day_belongs_to_its_century() -> None:
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[290200123 % 31]
    assert has_identity_code(f"290200A123{check}")
    assert not has_identity_code(f"290200-123{check}")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("booking", "space"), ("booking", "purpose"), ("booking", "case"), ("visit", "counter"), ("visit", "unit"),
        ("display", "place"), ("display", "item"), ("heartbeat", "device"), ("premises", "premises"),
        ("premises", "owner"), ("premises", "unit"), ("space", "space"), ("space", "task"), ("notice", "case"),
        ("notice", "kind"), ("notice", "purpose"), ("feedback", "case"), ("rejection", "reason"),
        ("cancellation", "reason"), ("cancellation", "by"), ("help-given", "referred"), ("session-start", "task"),
        ("verification", "department"), ("record", "record"),
    ],
)  # fmt: skip
def test_an_identity_code_is_no_code_of_a_list_and_no_name_of_a_thing(name: str, field: str) -> None:
    whole = request(name)
    for code in (CODE.lower(), f"x-{CODE.lower()}"):
        fault = refused({**whole, "data": {**whole["data"], field: code}})
        assert fault.pointer == f"/data/{field}"


def test_an_identity_code_has_no_place_in_lists_keys_and_attributes() -> None:
    code = CODE.lower()
    booking, notice, space = request("booking"), request("notice"), request("space")
    assert refused({**booking, "language": code}).pointer == "/language"
    assert refused({**booking, "subject": code}).pointer == "/subject"
    organiser = {"class": "department", "department": code}
    assert refused({**booking, "data": {**booking["data"], "organiser": organiser}}).pointer.startswith(
        "/data/organiser"
    )
    assert refused({**space, "data": {**space["data"], "parts": ["a", code]}}).pointer == "/data/parts/1"
    assert refused({**notice, "data": {**notice["data"], "titles": {code: "Hei"}}}).pointer.startswith("/data/titles")
    escaped = json.dumps({**booking, "subject": "HIDDEN"}).replace("HIDDEN", "".join(f"\\u{ord(c):04x}" for c in code))
    with pytest.raises(Malformed):
        read(escaped.encode())


def test_an_identity_code_in_free_words_is_made_unreadable_before_anything_is_done() -> None:
    said = f"Olen {CODE} ja vaimoni on 131052A308t."
    for name, field in (("feedback", "text"), ("answer", "text"), ("verification", "name")):
        assert getattr(asked(name, **{field: said}), field) == f"Olen {MASK} ja vaimoni on {MASK}."
    notice = asked("notice", titles={"fi": said}, texts={"fi": said})
    assert CODE not in str(notice)
    record = read(json.dumps(request("record", data={"kind": "case", "content": {"a": [{"b": said}]}})).encode()).data
    minutes = read(json.dumps(request("record", data={"kind": "minutes", "text": said})).encode()).data
    assert MASK in str(record)
    assert CODE not in str(record) + str(minutes)


def test_what_is_said_of_a_room_is_masked_and_composed() -> None:
    said = {"fi": f"Avain:\r\n{CODE} a\u0308"}
    picture = {"address": "https://images.library.example/a.jpg", "alternative": said}
    space = asked("space", descriptions=said, access=said, house_rules=said, pictures=[picture])
    for words in (space.descriptions, space.access, space.house_rules, space.pictures[0].alternative):
        assert words == {"fi": f"Avain:\n{MASK} \u00e4"}


# -- lists ---------------------------------------------------------------------------------------------------------


def lists() -> list[tuple[str, str]]:
    """Every field of a request that holds a code of a list: the name of the request, and the field."""
    return [
        (type_.split(".")[1], field.alias or name)
        for type_, kind in sorted(REQUESTS.items())
        for name, field in kind.model_fields.items()
        if (name != "kind" or kind is not RecordRequested)  # decisions refuses it, and tells so by an event
        and name != "pictures"  # what they show stands by language, one step further in
        and "x-known-values" in json.dumps(kind.model_json_schema()["properties"][field.alias or name])
    ]


def test_there_are_lists_in_requests() -> None:
    assert {("booking", "purpose"), ("notice", "kind"), ("premises", "owner")} <= set(lists())


@pytest.mark.parametrize(("name", "field"), lists())
def test_what_is_asked_with_a_code_that_no_list_has_is_refused_with_the_codes_there_are(name: str, field: str) -> None:
    whole = request(name)
    unknown = {"not-a-language-at-all": "Hei"} if isinstance(whole["data"].get(field), dict) else "juhan-synttarit"
    several = isinstance(whole["data"].get(field), list)
    fault = refused({**whole, "data": {**whole["data"], field: [unknown] if several else unknown}})
    assert fault.pointer.startswith(f"/data/{field}")
    assert "in this list; there are" in fault.reason


def test_a_kind_of_hours_that_is_none_opens_no_door() -> None:
    whole = request("hours")
    for kind in ("banana", "mixed"):
        week = [{"weekday": 1, "spans": [{"opens": "08:00", "closes": "20:00", "kind": kind}]}]
        fault = refused({**whole, "data": {**whole["data"], "week": week}})
        assert fault.pointer == "/data/week/0/spans/0/kind"


def test_any_language_may_be_spoken_and_a_reader_takes_codes_that_are_new_to_it() -> None:
    assert read(json.dumps(request("booking", language="so")).encode()).language == "so"
    assert asked("notice", titles={"ru": "Привет", "zh-hans": "你好"}, texts={}).titles["ru"] == "Привет"
    assert refused(request("booking", language="matti-meikalainen")).pointer == "/language"
    confirmed = json.loads((EXAMPLES / "omatoimi.booking.confirmed.v1" / "full.json").read_bytes())
    newer = {**confirmed, "data": {**confirmed["data"], "purpose": "choir"}}
    taken: Any = read(json.dumps(newer).encode()).data
    assert taken.purpose == "choir"


# -- CloudEvents -----------------------------------------------------------------------------------------------------


def test_data_in_base64_is_the_data() -> None:
    whole = request("visit")
    data = json.dumps(whole.pop("data")).encode()
    plain = {**whole, "data": json.loads(data)}
    assert read(json.dumps({**whole, "data_base64": b64encode(data).decode()}).encode()) == read(
        json.dumps(plain).encode()
    )
    for wrong, words in (
        ({"data_base64": "%%%"}, "must be a text in Base64"),
        ({"data_base64": 7}, "must be a text in Base64"),
        ({"data_base64": b64encode(b"\xff").decode()}, "is not UTF-8"),
        ({"data_base64": b64encode(b"{").decode()}, "is no JSON"),
        ({"data_base64": b64encode(data).decode(), "data": {}}, "and not both"),
    ):
        fault = refused({**whole, **wrong})
        assert fault.pointer == "/data_base64"
        assert words in fault.reason


@pytest.mark.parametrize(
    "media",
    ["application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8",
     'Application/JSON ; charset="utf-8"'],
)  # fmt: skip
def test_the_datas_media_type_may_name_its_charset(media: str) -> None:
    assert read(json.dumps(request("visit", datacontenttype=media)).encode()) == read(
        json.dumps(request("visit")).encode()
    )


@pytest.mark.parametrize("media", ["text/plain", "application/json; charset=latin-1", "application/jsonp", "", 7])
def test_data_of_another_media_type_is_refused(media: Any) -> None:
    assert refused(request("visit", datacontenttype=media)).pointer == "/datacontenttype"


def test_a_record_in_binary_mode_says_what_its_value_is() -> None:
    whole = request("visit")
    headers = [(f"ce_{name}", str(part).lower().encode() if isinstance(part, bool) else str(part).encode())
               for name, part in whole.items() if name not in ("data", "datacontenttype")]  # fmt: skip
    body = json.dumps(whole["data"]).encode()
    assert read(body, [*headers, ("content-type", b"application/json; charset=utf-8")]) == read(body, headers)
    with pytest.raises(Malformed, match="datacontenttype"):
        read(body, [*headers, ("content-type", b"text/plain")])


@pytest.mark.parametrize("name", ["Tenant", "my_extension", "my-extension", "", "ä", "com.example"])
def test_an_attribute_against_the_rule_of_names_is_refused(name: str) -> None:
    fault = refused(request("visit", **{name: "x"}))
    assert fault.pointer == f"/{name}"
    assert "lower-case letters a to z and digits" in fault.reason


@pytest.mark.parametrize("value", [{"a": 1}, ["a"], 1.5])
def test_an_attribute_with_parts_is_refused(value: Any) -> None:
    assert refused(request("visit", tenant=value)).pointer == "/tenant"


@pytest.mark.parametrize("value", ["x", True, 7, None])
def test_an_extension_of_others_is_passed_over(value: Any) -> None:
    assert read(json.dumps(request("visit", tenant=value)).encode()) == read(json.dumps(request("visit")).encode())
