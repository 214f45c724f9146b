"""Finnish or Swedish: the two languages the city decides in."""

import re

_WORD = re.compile(r"\w+")

_SMALL_SWEDISH = """
och om av för med att den det de på i en ett är vid till från som inom under över enligt angående gällande beslut
beslutar motion stadens helsingfors nämnden sektionen skola skolan val sekretessbelagd meddelanden
"""
_SMALL_FINNISH = """
ja tai sekä on ei että joka jossa ym vuoden vuonna koskeva koskien muutos hankinta vuokraus päätös lausunto aloite
helsingin kaupungin lautakunta hallitus asunto tontti salassa pidettävä nimeäminen toivomusponsi valtuustoaloite
"""
_SWEDISH, _FINNISH = frozenset(_SMALL_SWEDISH.split()), frozenset(_SMALL_FINNISH.split())
_SWEDISH_ENDINGS = ("ningen", "ningar", "arna", "erna", "orna", "heten", "skolan", "skola", "ande", "ende")
_FINNISH_ENDINGS = ("minen", "misen", "ssa", "ssä", "sta", "stä", "lla", "llä", "lle", "inen", "uus", "yys", "uksen")


def language(text: str, default: str = "fi") -> str:
    """Guess `fi` or `sv` from the small words, endings and the letter å; `default` where nothing tells (a bare
    name)."""
    swedish = finnish = 0
    for word in _WORD.findall(text.lower()):
        swedish += (word in _SWEDISH) + word.endswith(_SWEDISH_ENDINGS) + ("å" in word)
        finnish += (word in _FINNISH) + word.endswith(_FINNISH_ENDINGS)
    if swedish == finnish:
        return default
    return "sv" if swedish > finnish else "fi"
