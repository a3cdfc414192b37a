"""What a browser lacks, what its tools do, what nobody sees: the page takes it as it is, and says what it can't do."""

import sys
import unicodedata

from playwright.sync_api import Browser, Page, expect
from servers import Learn
from test_nothing_is_lost import AFTER, BEFORE, KEY, write

from conftest import begin, box, go, new_learner, saved
from coprod_widgets.text.limits import UNSEEN, visible
from coprod_widgets.widgets.assets import STATIC

LACKING = """window.print = undefined; navigator.sendBeacon = undefined;
window.BroadcastChannel = class { constructor() { throw new DOMException('', 'SecurityError'); } };
History.prototype.pushState = () => { throw new DOMException('', 'SecurityError'); };
Object.defineProperty(document, 'cookie', { get() { throw new DOMException('', 'SecurityError'); } });"""


def test_a_browser_without_print_beacons_channels_cookies_or_history_can_do_all_the_rest(
    browser: Browser, learn: Learn
):
    page = browser.new_page()
    page.add_init_script(LACKING)
    page.goto(learn.url)
    write(page)
    go(page, "Resume code and take-home")
    go(page, "Print my answers")
    expect(page.locator(".coprod-error:visible")).to_contain_text("This browser can't print")
    expect(page.locator(".coprod-print *")).to_have_count(0)
    assert learn.answers() == {KEY: BEFORE}
    page.close()


def test_tools_that_listen_on_the_document_hear_what_is_typed_in_the_form(learner: Page):
    learner.evaluate("window.heard = []")
    for kind in ("keydown", "keyup", "copy", "paste"):
        learner.evaluate("kind => document.addEventListener(kind, () => window.heard.push(kind))", kind)
    begin(learner)
    box(learner, "what_happened").focus()
    for key in ("a", "Control+A", "Control+C", "Control+V"):
        learner.keyboard.press(key)
    assert {"keydown", "keyup", "copy", "paste"} <= set(learner.evaluate("window.heard"))


def test_a_text_that_a_tool_put_in_without_an_event_is_stored_and_counted(learner: Page, learn: Learn):
    write(learner)
    box(learner, KEY).evaluate("(area, text) => { area.value = text; }", AFTER)
    expect(learner.locator(".coprod-status[data-state=saving]")).to_be_visible()
    saved(learner)
    assert learn.answers() == {KEY: AFTER}


def test_nothing_but_invisible_characters_is_no_answer(learner: Page, learn: Learn):
    begin(learner)
    for key, text in (("what_happened", "\u200b"), ("patient_contribution", "\u2800\u3164 \ufeff\u2063")):
        box(learner, key).fill(text)
    saved(learner)
    expect(learner.get_by_text("0 of 11 answered")).to_be_visible()
    box(learner, "what_happened").fill("\u200bא")
    expect(learner.get_by_text("1 of 11 answered")).to_be_visible()
    go(learner, "Review")
    expect(learner.get_by_text("Not answered")).to_have_count(10)


def test_page_and_kernel_see_the_same_characters(page: Page):
    script = (STATIC / "shared/texts.js").read_text(encoding="utf-8").split("const SEEN = ")[1].split(";")[0]
    seen = page.evaluate(
        f"Array.from({{ length: 0x110000 }}, (_, i) => Number({script}.test(String.fromCodePoint(i))))"
    )
    known = [one for one in range(sys.maxunicode + 1) if unicodedata.category(chr(one)) not in ("Cn", "Cs")]
    known += [one for one in range(sys.maxunicode + 1) if UNSEEN.match(chr(one))]
    assert [hex(one) for one in known if bool(seen[one]) != visible(chr(one))] == []


def test_who_wrote_nothing_is_told_that_there_is_nothing_to_delete(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    go(page, "Resume code and take-home")
    expect(page.get_by_text("There is nothing of yours in the store.")).to_be_visible()
    expect(page.get_by_role("button", name="Delete everything…")).to_have_count(0)
    begin_again(page)
    box(page, "what_happened").fill(BEFORE)
    saved(page)
    box(page, "what_happened").fill("")
    saved(page)
    go(page, "Resume code and take-home")
    go(page, "Delete everything…")
    expect(page.get_by_text("Delete the earlier versions of what you wrote?")).to_be_visible()
    go(page, "Yes, delete everything")
    expect(page.get_by_text("Deleted: ").first).to_be_visible()
    assert learn.rows() == []
    page.context.close()


def begin_again(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).first.click()
    begin(page)
