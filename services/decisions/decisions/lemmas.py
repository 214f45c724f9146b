"""The base form of a Finnish word (docs/adr/0015)."""

import asyncio
from collections.abc import Mapping
from functools import lru_cache

from anyio import BrokenWorkerProcess, to_process, to_thread
from simplemma import Lemmatizer
from simplemma.strategies import DefaultStrategy
from simplemma.strategies.dictionaries.stream_dictionary_factory import StreamMap

LONGEST = 60
"""Letters of a word that is looked up; what is longer is no word."""
LANGUAGE = "fi"


class _Dictionary:
    """The memory-frugal dictionary, in the shape in which simplemma asks for one."""

    def __init__(self) -> None:
        self.words: Mapping[str, str] | None = None

    def get_dictionary(self, lang: str) -> Mapping[str, str]:
        """Return it; who has not waited for `ready` waits here."""
        if self.words is None:
            self.words = StreamMap(lang)
        return self.words


_dictionary = _Dictionary()
_lemmatizer = Lemmatizer(lemmatization_strategy=DefaultStrategy(dictionary_factory=_dictionary))
_reading = asyncio.Lock()


@lru_cache(maxsize=100_000)
def lemma(word: str) -> str:
    """Return the base form of a word in lower case; the word itself where none is known."""
    if not word.isalpha() or len(word) > LONGEST:
        return word
    return _lemmatizer.lemmatize(word, lang=LANGUAGE).lower()


async def ready() -> None:
    """Have the dictionary in memory, some 55 MB, before a transaction is open. It is made in a process beside: its five
    seconds of computing, in a thread, would take most of this process's time from all who ask meanwhile; what was made
    is here in a fifth of a second. Where that process is ended by somebody else, it is made here after all."""
    async with _reading:
        if _dictionary.words is None:
            try:
                _dictionary.words = await to_process.run_sync(StreamMap, LANGUAGE)
            except BrokenWorkerProcess:
                await to_thread.run_sync(_dictionary.get_dictionary, LANGUAGE)
