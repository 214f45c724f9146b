"""The base form of a Finnish word (docs/adr/0015)."""

import asyncio
import hashlib
import os
import pickle
import stat
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

from anyio import BrokenWorkerProcess, to_process, to_thread
from simplemma import Lemmatizer
from simplemma.strategies import DefaultStrategy
from simplemma.strategies.dictionaries.stream_dictionary_factory import StreamMap

LONGEST = 60
"""Letters of a word that is looked up; what is longer is no word."""
LANGUAGE = "fi"
FILE = f"lemmas-{LANGUAGE}-{version('simplemma')}.pickle"
"""Where the dictionary is kept from one start to the next; made anew it is the same."""


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
    """Have the dictionary in memory, some 55 MB, before a transaction is open: from where it was kept, in a fifth of a
    second, or made and kept. It is made in a process beside: its seconds of computing, in a thread, would take most of
    this process's time from all who ask meanwhile. Where that process is ended by somebody else, it is made here after
    all."""
    async with _reading:
        if _dictionary.words is None:
            _dictionary.words = await to_thread.run_sync(kept, cache())
        if _dictionary.words is None:
            try:
                _dictionary.words = await to_process.run_sync(made, cache())
            except BrokenWorkerProcess:
                await to_thread.run_sync(_dictionary.get_dictionary, LANGUAGE)


def cache() -> Path | None:
    """Return the folder in which it is kept: in the cache of the user whom the process runs as, since what stands there
    is believed as the program itself is. None for a user without a home."""
    with suppress(RuntimeError):
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omatoimi"
    return None


def made(folder: Path | None) -> StreamMap:
    """Make it, and keep it in this folder for the next start, after its digest. Where nothing can be kept, it is made
    at each start."""
    words = StreamMap(LANGUAGE)
    if folder is not None:
        whole = pickle.dumps(words)
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=folder, delete=False) as part:  # which nobody else may read or write
                part.write(hashlib.sha256(whole).digest() + whole)
            Path(part.name).replace(folder / FILE)
    return words


def kept(folder: Path | None) -> StreamMap | None:
    """Return what was kept; None where there is nothing, or not as it was kept, or somebody else can have written
    it."""
    try:
        if folder is None or not all(_is_ours_alone(place) for place in (folder, folder / FILE)):
            return None
        whole = (folder / FILE).read_bytes()
    except OSError:
        return None
    digest, whole = whole[:32], whole[32:]
    words = pickle.loads(whole) if hashlib.sha256(whole).digest() == digest else None  # noqa: S301 - ours alone
    return words if isinstance(words, StreamMap) else None


def _is_ours_alone(place: Path) -> bool:
    told = place.stat()
    return told.st_uid == os.geteuid() and not told.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
