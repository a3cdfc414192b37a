"""Times and dates on a page: with their day where that is not today, and as the browser's region writes them."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect
from servers import Learn

from conftest import begin, box, go, new_learner, saved
from coprod_widgets.widgets.assets import module_text

LATE = "2026-11-27T22:40:00Z"
NOW = datetime.fromisoformat("2026-11-30T10:54:00+00:00")


def says(browser: Browser, call: str, locale: str = "en-GB", now: datetime = NOW) -> str:
    """What one of the page's functions says in a browser of this region, in UTC."""
    page = browser.new_context(locale=locale, timezone_id="UTC").new_page()
    page.clock.set_fixed_time(now)
    try:
        return str(page.evaluate(f"() => {{ {module_text('shared/words.js')}; return {call}; }}"))
    finally:
        page.context.close()


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (NOW, "27 Nov, 22:40"),
        (datetime.fromisoformat("2026-11-27T23:59:00+00:00"), "22:40"),
        (datetime.fromisoformat("2026-11-28T00:01:00+00:00"), "27 Nov, 22:40"),
        (datetime.fromisoformat("2027-11-27T22:41:00+00:00"), "27 Nov 2026, 22:40"),
    ],
)
def test_a_time_has_its_day_where_that_is_not_today(browser: Browser, now: datetime, said: str):
    assert says(browser, f"clock('{LATE}', 'en')", now=now) == said


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en-GB", "27 November 2026"), ("sv-SE", "27 November 2026"), ("en-US", "November 27, 2026")],
)
def test_a_date_is_written_as_in_the_browsers_region(browser: Browser, locale: str, said: str):
    assert says(browser, f"dayOf('{LATE}', 'en')", locale) == said


def test_what_was_saved_on_another_day_says_so(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url, locale="en-GB")
    begin(page)
    box(page, "what_happened").fill("She asked first.")
    saved(page)
    then = datetime.now().astimezone()
    day = f"{then.day} {then:%b}"
    expect(page.locator(".coprod-status")).not_to_contain_text(f"{then:%b}")
    page.clock.set_fixed_time(then + timedelta(days=3))
    page.reload()
    expect(page.locator(".coprod-status")).to_contain_text(f"Saved {day}", timeout=30_000)
    go(page, "Review")
    go(page, "Hand in")
    expect(page.get_by_role("row", name="What happened?")).to_contain_text(day)
    page.context.close()
