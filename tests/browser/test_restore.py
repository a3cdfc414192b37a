"""A backup is put back while pages are open: no text that a page called saved is lost without a word."""

import pytest
from playwright.sync_api import Browser, Page, expect
from servers import Learn
from test_nothing_is_lost import BEFORE, KEY, SESSION, STUDY, every_text, write

from conftest import box, new_learner, saved
from coprod_widgets.store.backups import Backups
from coprod_widgets.store.responses import ResponseStore

AFTER, ELSEWHERE = BEFORE + " Twice.", "She wrote it down for the ward."


@pytest.fixture
def page(browser: Browser, own_server: Learn):
    page = new_learner(browser, own_server.url)
    yield page
    page.context.close()


def put_back(learn: Learn, folder, between) -> None:
    """Make a backup, let something happen, and put the backup back under the running server."""
    with ResponseStore(learn.store) as store:
        Backups(store).back_up(folder / "monday.sqlite3")
        between()
        Backups(store).restore(folder / "monday.sqlite3", overwrite=True)


def test_an_open_page_stores_again_what_a_restore_took_away(page: Page, own_server: Learn, tmp_path):
    answer = write(page)

    def go_on() -> None:
        answer.fill(AFTER)
        saved(page)

    put_back(own_server, tmp_path, go_on)
    expect(page.get_by_text("This page stores it again now")).to_be_attached()
    saved(page)
    assert every_text(own_server)[-1] == AFTER
    expect(answer).to_have_value(AFTER)


def test_an_open_page_whose_learner_is_not_in_the_backup_says_so(page: Page, own_server: Learn, tmp_path):
    put_back(own_server, tmp_path, lambda: write(page))
    expect(page.get_by_text("no longer in the store").first).to_be_visible()
    assert every_text(own_server) == []
    page.get_by_role("button", name="Store this text again", exact=True).click()
    saved(page)
    assert every_text(own_server) == [BEFORE]


def test_a_page_whose_backup_knows_another_text_asks_which_one_counts_and_stores_neither(
    page: Page, own_server: Learn, tmp_path
):
    write(page)

    def another_text() -> None:
        (row,) = own_server.rows()
        with ResponseStore(tmp_path / "monday.sqlite3") as backup:
            backup.save(row["pseudonym"], KEY, ELSEWHERE, base=1, session=SESSION, study=STUDY)
        box(page, KEY).fill(AFTER)
        saved(page)

    put_back(own_server, tmp_path, another_text)
    expect(page.get_by_role("button", name="Keep the text in the box")).to_be_visible()
    expect(page.get_by_text("This page stores it again now")).to_have_count(0)
    assert every_text(own_server) == [BEFORE, ELSEWHERE]
    page.get_by_role("button", name="Keep the text in the box").click()
    saved(page)
    assert every_text(own_server) == [BEFORE, ELSEWHERE, AFTER]
