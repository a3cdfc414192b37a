"""The words of the interface: whatever the code asks for is there, in every form that it needs, and nothing else is."""

import ast
import re
from pathlib import Path

import pytest
import scripts
from commands import coprod

from coprod_widgets.errors import SelfStudyError
from coprod_widgets.study.self_study import ACTORS, ASPECTS
from coprod_widgets.study.words_file import WORDS, read_words
from coprod_widgets.widgets.assets import STATIC, module_text
from coprod_widgets.widgets.words import words

PACKAGE = Path(__file__).parents[1] / "coprod_widgets"
SCRIPTS = {
    path.stem: scripts.without_comments(module_text(path.relative_to(STATIC).with_suffix(".js").as_posix()))
    for path in STATIC.rglob("*.css")
}
"""The script of each widget, with the modules that it imports."""
SPOKEN = {path.name.split(".")[0]: words("en", path.name.split(".")[0]) for path in WORDS.glob("*.en.yaml")}
"""The English words of each widget, by its name."""

speaking = pytest.mark.parametrize("name", SPOKEN)


def in_python():
    """The keys of words that Python code takes from the form's."""
    for path in PACKAGE.rglob("*.py"):
        if re.search(r"words import words|page_words", text := path.read_text(encoding="utf-8")):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Subscript) and ast.unparse(node.value).startswith("words"):
                    yield from (part.value for part in ast.walk(node.slice) if isinstance(part, ast.Constant))


def in_templates():
    """The keys of words that the server's pages take from the form's."""
    for path in (PACKAGE / "serving" / "template").glob("*.html"):
        yield from re.findall(r"\bwords\.(\w+)", path.read_text(encoding="utf-8"))


@speaking
def test_every_word_a_script_asks_for_is_there(name):
    asked = scripts.keys(SCRIPTS[name])
    exact = [key[1:-1] for key in asked if re.fullmatch(r'"\w+"', key)]
    patterns = [scripts.pattern(key) for key in asked if key.startswith("`")]
    assert exact
    assert [key for key in exact if key not in SPOKEN[name]] == []
    assert [one for one in patterns if not any(re.fullmatch(one, key) for key in SPOKEN[name])] == []


def test_every_word_the_server_asks_for_is_there():
    python, templates = [*in_python()], [*in_templates()]
    assert python and templates
    assert [key for key in python + templates if key not in SPOKEN["form"]] == []


@speaking
def test_every_word_is_used(name):
    known = scripts.literals(SCRIPTS[name]) | {*ACTORS, *ASPECTS}  # the kernel tells the page of the last two
    used = known | {*in_python(), *in_templates()} if name == "form" else known
    patterns = scripts.patterns(SCRIPTS[name])

    def is_made(key):
        """By a template; where it begins with what is filled in, that is a literal too."""
        found = [re.fullmatch(one, key) for one in patterns]
        return any(one and (one.start(1) > 0 or one[1] in known) for one in found)

    assert [key for key in SPOKEN[name] if key not in used and not is_made(key)] == []


def test_a_widget_without_words_of_its_own_asks_for_none():
    silent = [name for name in SCRIPTS if name not in SPOKEN]
    assert silent
    assert [(name, key) for name in silent for key in scripts.keys(SCRIPTS[name])] == []


def test_words_that_count_something_have_a_form_for_one():
    counting = r"\{(?!limit)\w+\} (?!has\b|is\b|was\b)\w+s\b"
    found = [(name, key) for name, said in SPOKEN.items() for key, text in said.items() if re.search(counting, text)]
    assert found
    assert [(name, key) for name, key in found if f"{key}_one" not in SPOKEN[name]] == []


@speaking
def test_no_two_languages_differ_in_their_words(name):
    spoken = [path.name.split(".")[1] for path in WORDS.glob(f"{name}.*.yaml")]
    assert {frozenset(words(language, name)) for language in spoken} == {frozenset(words("en", name))}


def test_an_unknown_language_is_told_which_there_are():
    with pytest.raises(SelfStudyError, match=r"\ben\b.*'tlh'.*form\.tlh\.yaml"):
        words("tlh")


ENGLISH = (WORDS / "form.en.yaml").read_text(encoding="utf-8")


@pytest.fixture
def translated(tmp_path):
    """Write the English words, changed, as those of another language; the file."""

    def write(*changes, raw=None):
        text = ENGLISH
        for old, new in changes:
            assert text.count(f"\n{old}") == 1, old
            text = text.replace(f"\n{old}", f"\n{new}")
        path = tmp_path / "words" / "form.xx.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode() if raw is None else raw)
        return path

    return write


@pytest.mark.parametrize("text", ["no", "yes", "12:30", "null", "~", "2026-11-30", "1.0", "0x1F", "007"])
def test_words_that_yaml_would_turn_into_something_else_stay_words(translated, text):
    assert read_words(translated(("back: Back", f"back: {text}")))["back"] == text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("back: Back\n", "", "'back' is missing"),
        ("consent_version: 2\n", "", "'consent_version' is missing"),
        ("consent_version: 2", "consent_version: two", "'consent_version' is 'two'; it must be a whole number"),
        ("back: Back", "back:", "'back' is empty"),
        ("back: Back", "back: [Back]", "'back' is a list"),
        ("back: Back", "back: Back\nbakc: Back", "'bakc' is not known here.*did you mean"),
        ("back: Back", "back: Back\nyes: Yes", "'yes' is not known here"),
        ("back: Back", "back: Back\nback: Again", "'back' is given twice, on lines"),
        ("back: Back", "back: Ba\u202eck", r"U\+202E"),
        ("back: Back", "back: Back {now}", "'back' holds {now}; allowed: none"),
        ('status_saved: "Saved {time}"', 'status_saved: "Sparat"', "'status_saved' lacks {time}"),
        ('status_saved: "Saved {time}"', 'status_saved: "Sparat {time} { time }"', "'status_saved' holds a lone brace"),
        ('error_title: "Error: "', 'error_title: "Fel:"', "'error_title' lacks the space after"),
    ],
)  # fmt: skip
def test_a_words_file_is_compared_with_the_english_one(translated, old, new, told):
    with pytest.raises(SelfStudyError) as error:
        read_words(translated((old, new)))
    (problem,) = error.value.problems
    assert re.search(told, problem) and re.match(r".*form\.xx\.yaml:\d+: ", problem)


def test_a_form_for_one_may_name_the_number_too(translated):
    assert read_words(translated(("words_one: 1 word", 'words_one: "{n} ord"')))["words_one"] == "{n} ord"


def test_every_mistake_in_a_words_file_is_told_at_once_by_the_command(translated):
    path = translated(
        ("back: Back", "back:"),
        ("start: Start\n", ""),
        ('status_saved: "Saved {time}"', 'status_saved: "Sparat {tid}"'),
    )
    done = coprod("check", path)
    told = [line.rpartition("words file: ")[2] for line in done.stderr.splitlines()]
    assert (done.returncode, len(told)) == (2, 4)
    assert {line.split()[0] for line in told} == {"'back'", "'start'", "'status_saved'"}


@pytest.mark.parametrize(
    "raw", [b"", b"- a\n", b"a:\n\tb: c\n", ENGLISH.encode("utf-16"), b"back: Zur\xfcck\n", b"back: &a x\nstart: *a\n"]
)
def test_what_is_no_words_file_is_refused_plainly(translated, raw):
    path = translated(raw=raw)
    done = coprod("check", path)
    assert done.returncode == 2 and all(line.startswith(f"coprod: {path}:") for line in done.stderr.splitlines())


def test_a_file_among_words_that_nothing_reads_is_told_what_it_may_be_called(translated):
    path = translated().rename(translated().with_name("fomr.xx.yaml"))
    done = coprod("check", path)
    assert done.returncode == 2 and "form.xx.yaml" in done.stderr


def test_a_mistake_in_a_words_file_reaches_whoever_shows_the_widget(translated, monkeypatch):
    monkeypatch.setattr("coprod_widgets.widgets.words.WORDS", translated(("back: Back\n", "")).parent)
    with pytest.raises(SelfStudyError, match="'back' is missing"):
        words("xx")


@pytest.mark.parametrize("path", sorted(WORDS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_kits_own_words_have_no_mistake(path):
    assert read_words(path)


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        ('t("back")', ['"back"']),
        ('this.t(n === 1 ? "one" : "many", { n })', ['"one"', '"many"']),
        ('form.t(a ? b?.c ? "x" : "y" : d ?? "z", 1)', ['"x"', '"y"', 'd ?? "z"']),
        ('t(`gap_${gap.join("_")}`)', ['`gap_${gap.join("_")}`']),
        ('start("back"); put("back")', []),
    ],
)
def test_what_a_script_asks_for_is_read_from_ternaries_and_templates_too(script, asked):
    assert scripts.keys(script) == asked


def test_only_words_that_are_chosen_by_what_works_promise_that_a_text_stays_in_this_browser():
    """The rest says `{kept}` or `{where}`: the page fills in what is true of this browser just now."""
    promise = r"\b(?:stays?|kept|keeps?|waits?|is|safe)\b[^.]*\bin this browser|text is safe|text will be here"
    found = {key for key, text in SPOKEN["form"].items() if re.search(promise, text)}
    chosen = {"kept_browser", "status_broken", "banner_kernel", "banner_reload"}
    assert found - {"left"} == chosen


def test_an_empty_text_of_the_english_file_is_no_fault_of_the_kit(translated):
    path = translated()
    path.with_name("form.en.yaml").write_text(ENGLISH.replace("\nback: Back", '\nback: ""'))
    assert read_words(path)["back"] == "Back"


def test_a_file_that_links_to_itself_is_a_mistake(tmp_path):
    (tmp_path / "own.sv.yaml").symlink_to(tmp_path / "own.sv.yaml")
    assert coprod("check", tmp_path / "own.sv.yaml").returncode == 2
