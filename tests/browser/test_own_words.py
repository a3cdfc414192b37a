"""What a learner typed, wherever a page shows it: theirs, to no translator, and read in its own direction."""

import pytest
from playwright.sync_api import Browser, Page, expect
from rooms import WALL, ThinClass

from conftest import begin, box, go, saved
from coprod_widgets.widgets.assets import module_text

MINE = "Soepbrenger bracht"
ROLE = "my buurvrouw"
ARABIC = "ثم قالت لي الممرضة: لا تخافي."
MIXED = f"{MINE} in English.\n{ARABIC}\nThen I slept."
# The words that a translator would take: text under no element that forbids it. An element says whether it may.
TRANSLATED = """wanted => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) if (walk.currentNode.data.includes(wanted) && walk.currentNode.parentElement.translate)
    found.push(walk.currentNode.parentElement.outerHTML.slice(0, 120));
  return found;
}"""
# Whether the Arabic paragraph begins right of where it ends, wherever it is on screen; its full stop goes to its end.
READ = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const { data, parentElement } = walk.currentNode;
    const at = data.indexOf("ثم");
    if (at < 0 || !parentElement.checkVisibility()) continue;
    const place = (from) => {
      const range = document.createRange();
      range.setStart(walk.currentNode, from);
      range.setEnd(walk.currentNode, from + 1);
      return range.getBoundingClientRect().left;
    };
    found.push(place(data.indexOf(".", at)) < place(at));
  }
  return found;
}"""


@pytest.fixture
def writer(learner: Page) -> Page:
    begin(learner)
    box(learner, "role_patient").fill(ROLE)
    box(learner, "what_happened").fill(MIXED)
    go(learner, "Continue")
    box(learner, "patient_relationship").fill(MIXED)
    saved(learner)
    return learner


def theirs(page: Page) -> None:
    """No translator gets what the learner typed, and each paragraph is read from where it begins."""
    assert [page.evaluate(TRANSLATED, words) for words in (MINE, "buurvrouw")] == [[], []]
    assert (read := page.evaluate(READ)) and all(read)


def test_a_learners_own_words_and_code_stay_theirs_on_every_page(writer: Page):
    expect(writer.locator(".coprod-canvas td").get_by_text(MINE)).to_be_visible()
    theirs(writer)
    box(writer, "patient_relationship").fill(f"{MIXED} Well.")
    saved(writer)
    go(writer, "Earlier versions")
    expect(writer.locator(".coprod-earlier").get_by_text(MINE)).to_be_visible()
    theirs(writer)
    writer.goto(f"{writer.url.split('#')[0]}#review")
    expect(writer.locator(".coprod-reviewed").get_by_text(MINE).first).to_be_visible()
    theirs(writer)
    writer.emulate_media(media="print")
    writer.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    theirs(writer)


def test_a_resume_code_is_given_to_no_translator(writer: Page):
    go(writer, "Resume code and take-home")
    code = writer.locator(".coprod-code")
    expect(code).to_be_visible()
    assert writer.evaluate(TRANSLATED, code.inner_text()) == []


def test_an_instructors_wall_keeps_learners_words_from_translators_and_in_their_direction(
    browser: Browser, room: ThinClass
):
    room.write(MIXED)
    page = room.open(browser, WALL)
    page.get_by_role("button", name="Uncover").first.click()
    expect(page.locator(".coprod-text").get_by_text(MINE)).to_be_visible()
    assert page.evaluate(TRANSLATED, "Then I slept") == []  # a name in a text is marked, and so apart from the rest
    assert (read := page.evaluate(READ)) and all(read)


@pytest.fixture(scope="module")
def fitting(browser: Browser):
    """How the words for a person stand behind "the", as the page makes them."""
    page = browser.new_page()
    source = f"(words) => {{ {module_text('shared/typed.js')}; return fitting(words, 'en'); }}"
    yield lambda words: page.evaluate(source, words)
    page.close()


@pytest.mark.parametrize(
    ("typed", "role"),
    [
        ("the night nurse", "night nurse"),
        ("my father", "father"),
        ("My father.", "father"),
        ("A patient", "patient"),
        ("an aunt", "aunt"),
        ("Our GP", "GP"),
        ("Night nurse", "night nurse"),
        ("Physician", "physician"),
        ("the  my\u00a0father", "father"),
        ("Swedish nurse", "Swedish nurse"),
        ("theatre nurse", "theatre nurse"),
        ("mother's sister", "mother's sister"),
        ("us", ""),
        ("Me", ""),
        ("her", ""),
        ("my", ""),
        ("", ""),
    ],
)
def test_the_words_for_a_person_make_a_sentence_however_they_are_typed(fitting, typed: str, role: str):
    assert fitting(typed) == role


def test_no_hint_and_no_canvas_says_the_my_father(learner: Page):
    begin(learner)
    box(learner, "role_professional").fill("The night nurse")
    box(learner, "role_patient").fill("my father")
    expect(learner.get_by_text("What did the night nurse say, notice or do?")).to_be_visible()
    expect(learner.get_by_text("What did the father say, notice or do?")).to_be_visible()
    box(learner, "what_happened").fill("He sang.")
    go(learner, "Continue")
    box(learner, "patient_relationship").fill("He asked.")
    expect(learner.locator("figcaption")).to_contain_text("what the night nurse brought to")
    go(learner, "Back")
    box(learner, "role_patient").fill("us")
    expect(learner.get_by_text("What did the patient-person say, notice or do?")).to_be_visible()
