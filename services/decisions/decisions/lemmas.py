"""The base form of a Finnish word (docs/adr/0015)."""

from functools import cache, lru_cache

from anyio import to_thread
from simplemma import Lemmatizer
from simplemma.strategies import DefaultStrategy

LONGEST = 60
"""Letters of a word that is looked up; what is longer is no word."""


@lru_cache(maxsize=100_000)
def lemma(word: str) -> str:
    """Return the base form of a word in lower case; the word itself where none is known."""
    if not word.isalpha() or len(word) > LONGEST:
        return word
    return _lemmatizer().lemmatize(word, lang="fi").lower()


async def ready() -> None:
    """Have the dictionary in memory: some 55 MB and a few seconds once, before a transaction is open."""
    await to_thread.run_sync(lemma, "päätöksen")


@cache
def _lemmatizer() -> Lemmatizer:
    return Lemmatizer(lemmatization_strategy=DefaultStrategy(low_memory=True))
