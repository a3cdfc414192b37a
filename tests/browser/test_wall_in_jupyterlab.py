"""The wall in a real JupyterLab: no key and no text of it reaches the notebook, and it fits both themes."""

from accessibility import violations
from hostile import HOSTILE
from labs import LabPage, first_cell
from playwright.sync_api import expect
from rooms import PROJECTOR, STUDY, WALL, LabClass, note, uncover
from test_hostile_class import MARK, Trap, marked, told
from test_moderating import NAMED, STORIES, moderate_by_keyboard


def test_no_key_of_the_wall_reaches_the_notebook(lab_page: LabPage):
    room = LabClass(lab_page)
    room.write(*STORIES)
    page = room.open()
    moderate_by_keyboard(page, room)
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)


def test_a_saved_notebook_holds_no_text(lab_page: LabPage):
    room = LabClass(lab_page)
    room.write("A cello at night.")
    page = room.open()
    uncover(page)
    page.get_by_text("A cello at night.").click()
    page.keyboard.press("s")
    expect(note(page)).to_contain_text("Shown")
    saved = lab_page.saved()
    assert "wall(session" in saved and "cello" not in saved


def test_axe_finds_nothing_in_jupyterlab_in_either_theme(lab_page: LabPage):
    room = LabClass(lab_page)
    room.write(NAMED, *STORIES)
    page = room.open()
    uncover(page)
    first_cell(page).click()
    lab_page.collapse_sidebar()
    page.get_by_text(STORIES[0]).click()
    page.keyboard.press("s")
    found = []
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab_page.show_theme(theme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            found += violations(page, f"{theme} {width}", within=".coprod-wall")
    assert found == []


def test_what_a_hostile_class_writes_is_in_no_saved_notebook_and_no_log(lab_page: LabPage):
    room = LabClass(lab_page)
    room.write(*map(marked, range(len(HOSTILE))))
    trap = Trap(lab_page.page)
    for show in (WALL, PROJECTOR):
        page = room.open(show)
        if show == WALL:
            uncover(page)
            expect(page.locator(".coprod-text").get_by_text("#0.0#")).to_be_visible()
            assert told(page)
        notebook = lab_page.saved()
        assert STUDY.questions[0].prompt in notebook  # the widget's state is saved
        assert not MARK.search(notebook)
    assert not MARK.search(lab_page.lab.log.read_text(encoding="utf-8"))
    assert trap.all() == []
    trap.remove()
